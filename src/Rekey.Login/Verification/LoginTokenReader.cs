using System.Buffers.Text;
using System.Text.Json;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Login.Verification;

/// <summary>Reads tokens: a closed form with a limit on every part. What is read here is not verified yet.</summary>
public static class LoginTokenReader
{
    /// <summary>Largest token, octets of JSON.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>Largest certificate, octets of DER.</summary>
    public const int MaxCertificate = 8 * 1024;

    private const int MaxText = 256;

    /// <summary>Reads a token's JSON.</summary>
    /// <exception cref="ProblemException">RK-6010.</exception>
    public static LoginToken Read(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxLength)
        {
            throw Malformed("it is too long");
        }

        try
        {
            return JsonSerializer.Deserialize(json, LoginJson.Default.LoginToken) ?? throw Malformed("it is null");
        }
        catch (JsonException)
        {
            throw Malformed("it does not fit the schema"); // the parser's own message may quote it
        }
    }

    /// <summary>The parts of a token as octets.</summary>
    /// <exception cref="ProblemException">RK-6010; RK-6006 for a key of a kind that nothing here can be verified with.</exception>
    internal static (Certificate Certificate, byte[] Signature) Parts(LoginToken token)
    {
        if (token.Algorithm.Length > MaxText || token.Format.Length > MaxText || token.AppVersion?.Length > MaxText)
        {
            throw Malformed("a text is too long");
        }

        var signature = Octets(token.Signature, RsaLimit, "the signature");
        try
        {
            var certificate = Certificate.FromDer(Octets(token.UnverifiedCertificate, MaxCertificate, "the certificate"));
            _ = certificate.PublicKey;
            return (certificate, signature);
        }
        catch (MalformedException)
        {
            throw Malformed("the certificate cannot be read");
        }
        catch (UnsupportedKeyException e)
        {
            throw new ProblemException(Problems.LoginCertificateWrongUse(), e);
        }
    }

    private const int RsaLimit = 4096 / 8;

    private static byte[] Octets(string base64, int limit, string what)
    {
        // Strictly RFC 4648 section 4, without blanks: one text for one token.
        if (!Base64.IsValid(base64, out var length) || length is 0 || length > limit || base64.AsSpan().ContainsAny(" \t\r\n"))
        {
            throw Malformed($"{what} is not base64 of at most {limit} octets");
        }

        return Convert.FromBase64String(base64);
    }

    private static ProblemException Malformed(string reason) => new(Problems.LoginTokenMalformed(reason));
}
