using System.Text.RegularExpressions;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Issuers;
using Rekey.Ca.Signing;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Testing;

/// <summary>A whole CA in a directory of its own under the temporary folder, made by the real ceremony; gone with <see cref="Dispose"/>.</summary>
public sealed class TestCa : IDisposable
{
    private readonly string directory;

    public TestCa(TimeProvider time, AlgorithmSuite? suite = null, string publisher = "http://pki.yunze.example", Func<CeremonyOptions, CeremonyOptions>? change = null)
    {
        directory = Path.Combine(Path.GetTempPath(), $"rekey-ca-{Guid.NewGuid():N}");
        var options = new CeremonyOptions
        {
            Directory = directory,
            RootSubject = DistinguishedName.Parse("CN=云泽市根 CA,O=云泽市数字证书认证中心,C=CN"),
            IssuingSubject = DistinguishedName.Parse("CN=云泽市签发 CA,O=云泽市数字证书认证中心,C=CN"),
            Publisher = publisher,
            Passphrase = "correct horse",
            RootPassphrase = "battery staple",
            RootSuite = suite ?? AlgorithmSuite.P256,
            IssuingSuite = suite ?? AlgorithmSuite.P256,
            KeepPassphrase = true,
            Since = time.GetUtcNow().AddYears(-7),
        };
        Options = change?.Invoke(options) ?? options;
        var settings = new InitialiseCa(time).Run(Options);
        if (Options.IssuingSuite == AlgorithmSuite.Sm2)
        {
            // Tests also want holders whose kind of key an SM2 institution does not have.
            var kinds = 0;
            File.WriteAllText(settings.Profiles, new Regex(@"keyTypes: \[SM2\]").Replace(
                File.ReadAllText(settings.Profiles), _ => kinds++ == 0 ? "keyTypes: [SM2, P-256]" : "keyTypes: [SM2, RSA-2048]"));
        }

        Authority = CertificationAuthority.Open(settings);
        Issuer = new(Authority);
        Time = time;
    }

    public CeremonyOptions Options { get; }

    public TimeProvider Time { get; }

    public CertificationAuthority Authority { get; }

    public CertificateIssuer Issuer { get; }

    public string PathOf(params string[] parts) => Path.Combine([directory, .. parts]);

    /// <summary>A signed certificate of a made-up clerk.</summary>
    public Certificate IssuePerson(
        PublicKey key, string name = "王敏", string id = "YZ-000123", DateTimeOffset? at = null, Certificate? renewedFrom = null, string profile = "person-signing") =>
        Certificate.FromDer(Issuer.Issue(Issuer.Prepare(new IssuanceRequest
        {
            Profile = profile,
            SubjectDer = DistinguishedName.Parse($"CN={name},O=云泽市图书馆,C=CN").Encoded,
            SubjectPublicKey = key,
            SubscriberId = id,
            RenewedFrom = renewedFrom,
            Now = at ?? Time.GetUtcNow(),
        })));

    public void Dispose()
    {
        Authority.Dispose();
        Directory.Delete(directory, recursive: true);
    }
}
