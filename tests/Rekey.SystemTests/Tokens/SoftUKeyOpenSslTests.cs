using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Testing;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Tokens;

/// <summary>What the software UKey signs, before the eyes of OpenSSL 3.</summary>
public sealed class SoftUKeyOpenSslTests : IDisposable
{
    private const string DefaultId = "distid:1234567812345678";

    private readonly SoftUKey key = new();
    private readonly string directory = Directory.CreateTempSubdirectory("rekey-openssl-").FullName;

    public SoftUKeyOpenSslTests() => key.AddDevice("alpha");

    public void Dispose()
    {
        key.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task OpenSSL_verifies_a_signature_made_on_the_token()
    {
        var publicKey = await SetUpAsync();
        var (text, signature, pem) = (Path.Combine(directory, "text"), Path.Combine(directory, "text.sig"), Path.Combine(directory, "key.pem"));
        await File.WriteAllTextAsync(text, "what was signed", TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(signature, await SignAsync(publicKey, "what was signed"u8.ToArray()), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(pem, PemEncoding.WriteString("PUBLIC KEY", publicKey.ToSpki()), TestContext.Current.CancellationToken);
        string[] verify = ["dgst", "-sm3", "-verify", pem, "-sigopt", DefaultId, "-signature", signature];

        Assert.Equal((0, "Verified OK\n"), await Command.RunAsync("openssl", [.. verify, text]));
        await File.WriteAllTextAsync(text, "something else", TestContext.Current.CancellationToken);
        Assert.Equal(1, (await Command.RunAsync("openssl", [.. verify, text])).ExitCode);
    }

    [Fact]
    public async Task OpenSSL_verifies_a_certificate_request_made_on_the_token()
    {
        var request = Path.Combine(directory, "request.der");
        await File.WriteAllBytesAsync(request, await RequestAsync(await SetUpAsync()), TestContext.Current.CancellationToken);

        var (_, said) = await Command.RunAsync("openssl", "req", "-inform", "DER", "-in", request, "-noout", "-verify", "-vfyopt", DefaultId);

        // The exit code is 0 even when the signature is wrong; the text is not.
        Assert.Contains("verify OK", said, StringComparison.Ordinal);
    }

    private async Task<Sm2PublicKey> SetUpAsync()
    {
        var (exitCode, octets) = await SkfPrograms.RunToolAsync(key, "setup", "alpha");
        Assert.Equal(0, exitCode);
        return Sm2PublicKey.FromOctets(Convert.FromHexString(octets));
    }

    private async Task<byte[]> SignAsync(Sm2PublicKey publicKey, byte[] data)
    {
        var (exitCode, signature) = await SkfPrograms.RunToolAsync(key, "sign", "alpha", Convert.ToHexString(publicKey.Digest(data)));
        Assert.Equal(0, exitCode);
        return Sm2Signature.ToDer(Convert.FromHexString(signature));
    }

    /// <summary>PKCS#10 (RFC 2986) without subject and attributes.</summary>
    private async Task<byte[]> RequestAsync(Sm2PublicKey publicKey)
    {
        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            info.WriteInteger(0);
            info.WriteEncodedValue([0x30, 0x00]);
            info.WriteEncodedValue(publicKey.ToSpki());
            info.WriteEncodedValue([0xA0, 0x00]);
        }

        var signed = info.Encode();
        var signature = await SignAsync(publicKey, signed);
        var request = new AsnWriter(AsnEncodingRules.DER);
        using (request.PushSequence())
        {
            request.WriteEncodedValue(signed);
            using (request.PushSequence())
            {
                request.WriteObjectIdentifier("1.2.156.10197.1.501");
            }

            request.WriteBitString(signature);
        }

        return request.Encode();
    }
}
