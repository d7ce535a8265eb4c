using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;
using Rekey.Store;
using Rekey.Testing.Kmc;
using Rekey.Testing.Tokens;

namespace Rekey.SystemTests.Kmc;

/// <summary>What the centre hands out goes into a PKCS#11 token and works there; the private key is nowhere else in clear.</summary>
public sealed class TokenUnwrapTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("rekey-unwrap-").FullName;
    private readonly SoftHsm softHsm = new();

    public TokenUnwrapTests() => softHsm.AddToken("Li Na");

    [Theory]
    [InlineData("RSA-2048", "0")]
    [InlineData("RSA-3072", "0")]
    [InlineData("P-256", "3")]
    public async Task A_key_that_the_centre_handed_out_is_unwrapped_by_the_token_and_signs_there(string kind, string keyType)
    {
        Assert.True(AlgorithmSuite.TryParse(kind, out var suite));
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        var key = await kmc.HandOutAsync(holder.Order(suite), holder.Request(MakeTransportKey(), suite));

        Assert.Equal("sensitive=1 extractable=0\n", await UnwrapAsync(WrappedKey.FromDer(key.Envelope.Der), keyType));
        Assert.True(Proves(PublicKey.FromSpki(key.Spki)));
    }

    [Fact]
    public async Task An_altered_envelope_is_refused_by_the_token()
    {
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System);
        var holder = new TestHolder(kmc.Pki);
        var key = await kmc.HandOutAsync(holder.Order(AlgorithmSuite.P256), holder.Request(MakeTransportKey(), AlgorithmSuite.P256));
        var wrapped = WrappedKey.FromDer(key.Envelope.Der);
        wrapped.WrappedPkcs8[20] ^= 1;
        Assert.StartsWith("C_UnwrapKey 0x", await UnwrapAsync(wrapped, "3", fails: true), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        softHsm.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private PublicKey MakeTransportKey()
    {
        softHsm.Run("pkcs11-tool", [.. Tool(), "--keypairgen", "--key-type", "rsa:2048", "--usage-wrap", "--usage-decrypt", "--id", "01"]);
        softHsm.Run("pkcs11-tool", [.. Tool(), "--read-object", "--type", "pubkey", "--id", "01", "-o", In("transport.der")]);
        return PublicKey.FromSpki(File.ReadAllBytes(In("transport.der")));
    }

    private async Task<string> UnwrapAsync(WrappedKey wrapped, string keyType, bool fails = false)
    {
        await File.WriteAllBytesAsync(In("passing"), wrapped.EncryptedKey, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(In("wrapped"), wrapped.WrappedPkcs8, TestContext.Current.CancellationToken);
        using (var source = typeof(SoftHsm).Assembly.GetManifestResourceStream("unwrap-pkcs11.c")!)
        using (var file = File.Create(In("unwrap.c")))
        {
            source.CopyTo(file);
        }

        softHsm.Run("gcc", "-O1", "-o", In("unwrap"), In("unwrap.c"), "-ldl");
        string[] command = [In("unwrap"), SoftHsm.Library, SoftHsm.Pin, In("passing"), In("wrapped"), keyType];
        if (!fails)
        {
            return softHsm.Run(command[0], command[1..]);
        }

        return Assert.Throws<InvalidOperationException>(() => softHsm.Run(command[0], command[1..])).Message.Split(": ", 2)[1];
    }

    private bool Proves(PublicKey key)
    {
        var text = "probe"u8.ToArray();
        var rsa = key.Suite.Family == KeyFamily.Rsa;
        File.WriteAllBytes(In("text"), rsa ? text : SHA256.HashData(text));
        softHsm.Run("pkcs11-tool", [.. Tool(), "--sign", "--mechanism", rsa ? "SHA256-RSA-PKCS" : "ECDSA", "--signature-format", rsa ? "rs" : "openssl", "--id", "02", "-i", In("text"), "-o", In("signature")]);
        return key.Verify(key.Suite.SignatureOid, text, File.ReadAllBytes(In("signature")));
    }

    private static string[] Tool() => ["--module", SoftHsm.Library, "--token-label", "Li Na", "--login", "--pin", SoftHsm.Pin];

    private string In(string name) => Path.Combine(directory, name);
}
