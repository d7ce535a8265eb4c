using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing.Pki;
using Rekey.Testing.Tokens;
using Rekey.Tokens;

namespace Rekey.SystemTests.Login;

/// <summary>One person's keys, each with a certificate that can log in; nothing of a login changes them, so all tests share them.</summary>
public sealed class LoginTokens : IAsyncLifetime
{
    private const string Holder = "CN=张伟, O=云泽市青禾商贸有限公司, SERIALNUMBER=YZ-000123, C=CN";
    private const string Device = "Yunze 3";

    private readonly TokenCertificates certificates = new();
    private readonly Dictionary<string, SoftHsm> softHsms = [];
    private readonly SoftUKey key = new();

    public TestPki Pki => certificates.Pki;

    /// <summary>DER, by suite.</summary>
    public Dictionary<string, byte[]> Certificates { get; } = [];

    /// <summary>Library and environment of the token with a key of that suite.</summary>
    public (string Library, IReadOnlyDictionary<string, string> Environment) Module(string suite) =>
        suite == "SM2" ? (SoftUKey.Library, key.Variables) : (SoftHsm.Library, softHsms[suite].Environment);

    public async ValueTask InitializeAsync()
    {
        foreach (var suite in (AlgorithmSuite[])[AlgorithmSuite.P256, AlgorithmSuite.Rsa2048])
        {
            var softHsm = softHsms[suite.Name] = new();
            softHsm.AddToken($"Yunze {suite}");
            using var module = softHsm.Module();
            using var token = SoftHsm.LogIn(module);
            Enrol(token, suite);
        }

        await key.AddTokenAsync(Device);
        using var skf = key.Module();
        using var ukey = SoftUKey.LogIn(skf);
        Enrol(ukey, AlgorithmSuite.Sm2);
    }

    public ValueTask DisposeAsync()
    {
        foreach (var softHsm in softHsms.Values)
        {
            softHsm.Dispose();
        }

        key.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Enrol(IToken token, AlgorithmSuite suite)
    {
        byte[] id = [.. "login"u8];
        var pair = token.GenerateSigningPair(id, "login", suite);
        Certificates[suite.Name] = certificates.Issue(pair.Spki!, Holder, purpose: Oids.ClientAuth);
        token.WriteCertificate(id, "login", Certificates[suite.Name]);
    }
}
