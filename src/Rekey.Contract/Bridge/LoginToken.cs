using System.Text;
using Rekey.Pki.Algorithms;

namespace Rekey.Contract.Bridge;

/// <summary>
/// A login token in the layout of Web eID (authentication token, format <c>web-eid:1.0</c>): who someone says to be, and a signature that
/// only the certificate's key can make, over hash(origin) || hash(nonce). Holding one proves nothing; <c>docs/login.md</c> says what to check.
/// </summary>
/// <param name="UnverifiedCertificate">The holder's certificate, DER in base64.</param>
/// <param name="Algorithm">See <see cref="LoginAlgorithm"/>.</param>
/// <param name="Signature">Base64: the integer's octets for RSA, r || s for curves.</param>
/// <param name="Format"><see cref="WebEidFormat"/> or <see cref="Sm2Format"/>.</param>
/// <param name="AppVersion">What made it; says nothing to whoever verifies.</param>
public sealed record LoginToken(string UnverifiedCertificate, string Algorithm, string Signature, string Format, string? AppVersion = null)
{
    /// <summary>The format of Web eID, for RSA and ECDSA.</summary>
    public const string WebEidFormat = "web-eid:1.0";

    /// <summary>Our extension for SM2: the same layout and rules with SM3.</summary>
    public const string Sm2Format = "rekey-sm2:1.0";

    /// <summary>What is signed: hash(origin) || hash(nonce), both as UTF-8 text, with the hash of the key's suite, which the signature then hashes once more.</summary>
    /// <param name="suite">The suite of the certificate's key.</param>
    /// <param name="origin">Scheme, host and port as a browser writes them, for example <c>https://audit.example</c>; no slash at the end.</param>
    /// <param name="nonce">The challenge's characters.</param>
    public static byte[] SignedData(AlgorithmSuite suite, string origin, string nonce) =>
        [.. suite.HashData(Encoding.UTF8.GetBytes(origin)), .. suite.HashData(Encoding.UTF8.GetBytes(nonce))];

    /// <summary>Makes a token.</summary>
    /// <param name="key">The certificate's key.</param>
    /// <param name="certificate">DER.</param>
    /// <param name="origin">The site, as whoever signs knows it by itself, never as the site says.</param>
    /// <param name="nonce">The site's challenge.</param>
    /// <param name="appVersion">Name and version of the program.</param>
    public static LoginToken Sign(ISigningKey key, ReadOnlySpan<byte> certificate, string origin, string nonce, string appVersion)
    {
        var suite = key.PublicKey.Suite;
        var algorithm = LoginAlgorithm.Of(suite);
        var signature = key.Sign(SignedData(suite, origin, nonce));
        return new(
            Convert.ToBase64String(certificate),
            algorithm.Name,
            Convert.ToBase64String(suite.Family == KeyFamily.Rsa ? signature : EcSignature.FromDer(signature, suite.KeyBits / 8)),
            algorithm.Format,
            appVersion);
    }
}

/// <summary>A name in a token's <c>algorithm</c>, and the keys that it goes with: exactly one family, and for curves one curve.</summary>
/// <param name="Name">As in RFC 7518 section 3.1; <c>SM2</c> is ours.</param>
/// <param name="Format">The format that it goes with.</param>
/// <param name="IsPss">Whether RSA signs with PSS.</param>
public sealed record LoginAlgorithm(string Name, string Format, bool IsPss = false)
{
    private static readonly LoginAlgorithm Rs256 = new("RS256", LoginToken.WebEidFormat);
    private static readonly LoginAlgorithm Es256 = new("ES256", LoginToken.WebEidFormat);
    private static readonly LoginAlgorithm Es384 = new("ES384", LoginToken.WebEidFormat);
    private static readonly LoginAlgorithm Sm2 = new("SM2", LoginToken.Sm2Format);

    /// <summary>All algorithms.</summary>
    public static IReadOnlyList<LoginAlgorithm> All { get; } = [Rs256, new("PS256", LoginToken.WebEidFormat, IsPss: true), Es256, Es384, Sm2];

    /// <summary>The algorithm that keys of a suite sign tokens with here.</summary>
    public static LoginAlgorithm Of(AlgorithmSuite suite) => suite.Family switch
    {
        KeyFamily.Rsa => Rs256,
        KeyFamily.Sm2 => Sm2,
        _ => suite == AlgorithmSuite.P256 ? Es256 : Es384,
    };

    /// <summary>Whether a token of this algorithm may come from a key of the suite.</summary>
    public bool Fits(AlgorithmSuite suite) => Of(suite) == this || (IsPss && suite.Family == KeyFamily.Rsa);
}
