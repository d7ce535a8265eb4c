using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rekey.Agent.Bridge;
using Rekey.Agent.Prompts;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login.Verification;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;
using Rekey.Testing.Pki;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Journal;
using Rekey.Tokens.Pkcs11;
using Rekey.Tokens.Skf;

namespace Rekey.Testing.Fuzz;

/// <summary>Readers of what comes from a token, a library's process, a window or a web page's launch.</summary>
internal static class TokenFuzzTargets
{
    public static IEnumerable<FuzzTarget> All(TestPki pki)
    {
        var certificate = pki.Issuing.Der;
        yield return new("certificates on a token", [certificate], octets =>
        {
            _ = CertificateFields.SpkiOf(octets);
            _ = CertificateFields.UseOf(octets);
            _ = CertificateList.IsHolders(octets);
        });
        yield return new("public keys on a token", [Convert.FromHexString("0441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")], octets =>
        {
            var half = octets.Length / 2;
            _ = TokenObjects.EcSpki(octets[..half], octets[half..]);
            _ = TokenObjects.RsaSpki(octets.AsSpan(0, half), octets.AsSpan(half));
        });
        yield return new(
            "ids on a token", [RenewalKeyId.Of(PairUse.Signing, new string('a', 32), certificate).ToBytes()], octets => _ = RenewalKeyId.TryRead(octets));
        yield return new("signatures of a token", [new byte[64]], octets => _ = Mechanisms.X509Signature(AlgorithmSuite.P256, octets), typeof(TokenException));
        foreach (var target in Sm2())
        {
            yield return target;
        }

        yield return new("frames of a module host", [Frame()], ReadFrame, typeof(InvalidDataException), typeof(TokenException));
        yield return new("answers of a pinentry", ["# hello\nS X\nD 12%2534\nOK done\n"u8.ToArray()], ReadPin, typeof(IOException));
        yield return new("launch addresses", [Encoding.ASCII.GetBytes(new LaunchAddress("https://ra.example:8443", new string('A', 43)).ToString())], ReadLaunchAddress);
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var login = LoginToken.Sign(key, pki.Certify(key, "CN=Li Na", pki.Issuing).Der, "https://audit.example", "nonce", "agent");
        yield return new(
            "login tokens", [JsonSerializer.SerializeToUtf8Bytes(login, LoginJson.Default.LoginToken)], octets => _ = LoginTokenReader.Parts(LoginTokenReader.Read(octets)), typeof(ProblemException));
    }

    private static IEnumerable<FuzzTarget> Sm2()
    {
        using var key = Sm2PrivateKey.Generate();
        var envelope = Sm2EnvelopedKey.Create(key.PublicKey, key);
        var publicKey = new SkfWriter(SkfAbi.All[0]).Ulong(256).Right(key.PublicKey.X.Span, 64).Right(key.PublicKey.Y.Span, 64).ToArray();
        yield return new("enveloped SM2 keys", [envelope.ToDer()], octets => _ = Sm2EnvelopedKey.FromDer(octets), typeof(EnvelopedKeyException));
        yield return new("SM2 ciphertexts", [envelope.EncryptedKey.ToDer()], octets => _ = Sm2Ciphertext.FromDer(octets), typeof(CryptographicException));
        using var rsa = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
        yield return new(
            "enveloped RSA keys", [RsaEncryptedValue.Create(rsa.PublicKey, rsa.ExportPkcs8()).ToDer()], octets => _ = RsaEncryptedValue.FromDer(octets), typeof(EnvelopedKeyException));
        yield return new("secrets under SM4", [Sm2Session.Encrypt(key.PublicKey, "a share"u8).ToDer()], octets => _ = Sm2Session.FromDer(octets), typeof(CryptographicException));
        yield return new("SM2 signatures", [Sm2Signature.ToDer(key.SignDigest(new byte[32]))], octets => _ = Sm2Signature.TryFromDer(octets, out _));
        yield return new("SM2 private keys", [key.ExportPkcs8()], octets => Sm2PrivateKey.FromPkcs8(octets).Dispose(), typeof(UnsupportedKeyException));
        yield return new("public keys of an SKF library", [publicKey, new byte[268]], octets => _ = SkfBlobs.Spki(SkfAbi.All[0], octets), typeof(TokenException));
        yield return new("descriptions of an SKF device", [new byte[SkfAbi.DeviceInfoRoom]], octets => _ = SkfDeviceInfo.Read(SkfAbi.Detect(octets) ?? SkfAbi.All[3], octets), typeof(TokenException));
        yield return new("SKF profiles", ["abi=u64-natural,sm2=0x20100,envelope=first"u8.ToArray()], octets => _ = SkfProfile.Parse(Encoding.UTF8.GetString(octets)), typeof(TokenException));
    }

    private static byte[] Frame()
    {
        using var good = new MemoryStream();
        HostFrame.Write(good, HostReply.Done with { Token = 1 }, HostJson.Default.HostReply, "abc"u8);
        return good.ToArray();
    }

    private static void ReadFrame(byte[] octets)
    {
        using var stream = new MemoryStream(octets);
        using var frame = HostFrame.Read(stream);
        _ = frame?.Header(HostJson.Default.HostReply);
    }

    private static void ReadPin(byte[] octets)
    {
        using var assuan = new Assuan(new MemoryStream(octets), Stream.Null);
        using var pin = assuan.GetPinAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    // What is accepted must mean the same when it is written and read again, and be an origin and nothing more.
    private static void ReadLaunchAddress(byte[] octets)
    {
        if (LaunchAddress.Parse(Encoding.Latin1.GetString(octets)) is { } address
            && (LaunchAddress.Parse(address.ToString()) != address || new Uri(address.Origin).GetLeftPart(UriPartial.Authority) != address.Origin))
        {
            throw new InvalidOperationException($"{address} is not what it says");
        }
    }
}
