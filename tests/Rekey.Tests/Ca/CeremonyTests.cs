using Microsoft.Extensions.Time.Testing;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Configuration;
using Rekey.Ca.Issuers;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing;

namespace Rekey.Tests.Ca;

public sealed class CeremonyTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 11, 5, 2, 0, 0, TimeSpan.Zero));

    public static TheoryData<string> Suites => ["RSA-3072", "P-256", "P-384"];

    [Theory]
    [MemberData(nameof(Suites))]
    public void A_new_ca_opens_and_its_services_chain_to_its_root(string name)
    {
        Assert.True(AlgorithmSuite.TryParse(name, out var suite));
        using var ca = new TestCa(Time, suite);

        foreach (var (file, purpose) in new[] { ("ocsp", Oids.OcspSigning), ("cmp", Oids.CmcCa), ("ra", Oids.CmcRa) })
        {
            var certificate = Certificate.FromPem(File.ReadAllText(ca.PathOf("certificates", $"{file}.pem")))[0];
            var policy = new ChainPolicy(Time.GetUtcNow()) { RequiredPurpose = purpose, RequiredUsage = KeyUsages.DigitalSignature };
            Assert.Null(ca.Authority.Chains.Validate(certificate, policy).Fault);
        }
    }

    [Fact]
    public void A_ca_is_made_once()
    {
        using var ca = new TestCa(Time);
        var before = File.ReadAllText(ca.PathOf("ca.yaml"));

        var e = Assert.Throws<ConfigurationException>(() => new InitialiseCa(Time).Run(ca.Options));

        Assert.Contains("a CA is made once", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(ca.PathOf("ca.yaml")));
    }

    [Fact]
    public void A_wrong_passphrase_is_refused_by_naming_the_file()
    {
        using var ca = new TestCa(Time);
        var e = Assert.Throws<ConfigurationException>(() => CertificationAuthority.Open(ca.Authority.Settings, "wrong"));
        Assert.Contains("issuing.key: the passphrase is wrong", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_file_that_others_can_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // no file modes there
        }

        using var ca = new TestCa(Time);
        var file = ca.PathOf("keys", "issuing.key");
        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.GroupRead);
        var e = Assert.Throws<ConfigurationException>(() => CertificationAuthority.Open(ca.Authority.Settings));
        Assert.Contains("chmod 600", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused()
    {
        using var ca = new TestCa(Time);
        File.Copy(ca.PathOf("keys", "cmp.key"), ca.PathOf("keys", "issuing.key"), overwrite: true);
        var e = Assert.Throws<ConfigurationException>(() => CertificationAuthority.Open(ca.Authority.Settings));
        Assert.Contains("does not belong to the certificate", e.Message, StringComparison.Ordinal);
    }
}
