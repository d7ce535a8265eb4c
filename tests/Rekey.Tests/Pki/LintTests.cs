using System.Formats.Asn1;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Tests.Pki;

/// <summary>One right certificate, and each rule broken once in it: exactly that rule must speak (and what follows from it).</summary>
public sealed class LintTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 5, 2, 0, 0, TimeSpan.Zero);
    private static readonly SoftwareSigningKey CaKey = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
    private static readonly SoftwareSigningKey Key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
    private static readonly SoftwareSigningKey RsaKey = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
    private static readonly Certificate Issuer = MakeIssuer();

    private static readonly CertificateRules Rules = new()
    {
        Profile = "test",
        KeyTypes = [AlgorithmSuite.P256, AlgorithmSuite.Rsa2048],
        KeyUsage = KeyUsages.DigitalSignature | KeyUsages.NonRepudiation,
        ExtendedKeyUsage = [Oids.ClientAuth],
        MaxValidity = TimeSpan.FromDays(3000),
        Subject = [new(Oids.CountryName, true, Value: "CN"), new(Oids.OrganizationalUnitName, false, AllowSeveral: true), new(Oids.CommonName, true, MaxLength: 20)],
        CrlUrls = ["http://pki.yunze.example/ca.crl"],
        OcspUrls = ["http://pki.yunze.example/ocsp"],
        CaIssuerUrls = ["http://pki.yunze.example/ca.cer"],
        Policies = ["1.2.3.4"],
    };

    private static readonly Dictionary<string, Func<CertificateTemplate, CertificateTemplate>> Broken = new()
    {
        ["signature-known"] = t => t with { SignatureSuite = AlgorithmSuite.P384 },
        ["issuer-name-chains"] = t => t with { Issuer = DistinguishedName.Parse("CN=Other,C=CN") },
        ["validity-order"] = t => t with { NotAfter = t.NotBefore.AddSeconds(-1) },
        ["validity-within-issuer"] = t => t with { NotAfter = Issuer.NotAfter.AddSeconds(1) },
        ["subject-not-empty"] = t => t with { Subject = DistinguishedName.Build() },
        ["subject-values"] = t => t with { Subject = DistinguishedName.Build(new NameAttribute(Oids.CountryName, "CN"), new NameAttribute(Oids.CommonName, " x")) },
        ["subject-country"] = t => t with { Subject = DistinguishedName.Build(new NameAttribute(Oids.CountryName, "cn"), new NameAttribute(Oids.CommonName, "x")) },
        ["key-readable"] = t => t with { Spki = Convert.FromHexString("302A300506032B6570032100" + new string('A', 64)) },
        ["key-usage"] = t => Replace(t, Find(t, Oids.KeyUsage) with { Critical = false }),
        ["key-usage-fits-key"] = t => Replace(t, ExtensionWriter.KeyUsage(KeyUsages.DigitalSignature | KeyUsages.KeyEncipherment)),
        ["key-usage-agreement-only"] = t => Replace(t, ExtensionWriter.KeyUsage(KeyUsages.DigitalSignature | KeyUsages.EncipherOnly)),
        ["key-usage-fits-ca"] = t => Replace(t, ExtensionWriter.KeyUsage(KeyUsages.KeyCertSign)),
        ["basic-constraints-critical"] = t => Replace(t, ExtensionWriter.BasicConstraints(true, 0) with { Critical = false }),
        ["path-length-only-ca"] = t => Replace(t, ExtensionWriter.BasicConstraints(false, 0)),
        ["path-length-chains"] = t => Replace(t, ExtensionWriter.BasicConstraints(true)),
        ["subject-key-id"] = t => Replace(t, ExtensionWriter.SubjectKeyIdentifier(new byte[20])),
        ["authority-key-id"] = t => Replace(t, ExtensionWriter.AuthorityKeyIdentifier(new byte[20])),
        ["no-critical-unknown"] = t => t with { Extensions = [.. t.Extensions, new("1.2.3.5", true, new byte[] { 5, 0 })] },
        ["never-critical"] = t => Replace(t, Find(t, Oids.AuthorityInfoAccess) with { Critical = true }),
        ["any-purpose-alone"] = t => Replace(t, ExtensionWriter.ExtendedKeyUsage([Oids.ClientAuth, Oids.ClientAuth])),
        ["ocsp-nocheck-only-responder"] = t => t with { Extensions = [.. t.Extensions, ExtensionWriter.OcspNoCheck()] },
        ["profile-key-type"] = t => WithKey(t, SoftwareSigningKey.Generate(AlgorithmSuite.P384).PublicKey),
        ["profile-key-usage"] = t => Replace(t, ExtensionWriter.KeyUsage(KeyUsages.DigitalSignature)),
        ["profile-extended-key-usage"] = t => Replace(t, ExtensionWriter.ExtendedKeyUsage([Oids.ServerAuth])),
        ["profile-ca"] = t => Replace(t, ExtensionWriter.BasicConstraints(true, 0)),
        ["profile-validity"] = t => t with { NotAfter = t.NotBefore.AddDays(3001) },
        ["profile-not-before"] = t => t with { NotBefore = Now.AddSeconds(1) },
        ["profile-crl"] = t => Replace(t, ExtensionWriter.CrlDistributionPoints(["http://elsewhere.example/ca.crl"])),
        ["profile-ocsp"] = t => Replace(t, ExtensionWriter.AuthorityInfoAccess(["http://elsewhere.example"], Rules.CaIssuerUrls)),
        ["profile-ca-issuers"] = t => Replace(t, ExtensionWriter.AuthorityInfoAccess(Rules.OcspUrls, [])),
        ["profile-policies"] = t => Replace(t, ExtensionWriter.CertificatePolicies(["1.2.3.9"])),
        ["profile-extensions"] = t => t with { Extensions = [.. t.Extensions, ExtensionWriter.Text("1.2.156.10260.4.1.1", "x", UniversalTagNumber.UTF8String)] },
        ["profile-subject"] = t => t with { Subject = DistinguishedName.Parse("CN=x,O=not allowed,C=CN") },
    };

    public static TheoryData<string> Names => [.. Broken.Keys];

    [Fact]
    public void A_right_certificate_passes_and_is_signed() =>
        Assert.True(Certificate.FromDer(Lint.Check(Right().Encode(), Issuer, Rules, Now).Sign(CaKey)).Verify(CaKey.PublicKey));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_broken_rule_is_named(string rule)
    {
        var findings = Lint.Findings(Broken[rule](Right()).Encode(), Issuer, Rules, Now);
        Assert.Contains(rule, findings.Select(f => f.Rule));
        Assert.Throws<LintException>(() => Lint.Check(Broken[rule](Right()).Encode(), Issuer, Rules, Now));
    }

    [Fact]
    public void A_negative_a_zero_and_a_short_serial_are_named()
    {
        Assert.Equal(["serial-positive"], WithSerial([0x80, .. new byte[16]]));
        Assert.Equal(["serial-positive", "serial-random"], WithSerial([0x00]));
        Assert.Equal(["serial-random"], WithSerial([0x7F, 1, 2, 3, 4, 5, 6, 7]));
        Assert.Equal(["serial-length"], WithSerial([0x40, .. new byte[20]]));
    }

    [Fact]
    public void A_time_before_2050_as_generalized_time_is_named()
    {
        var tbs = Right().Encode();
        var utc = System.Text.Encoding.ASCII.GetBytes("261105020000Z");
        var at = tbs.AsSpan().IndexOf(utc) - 2;
        byte[] changed = [.. tbs[..at], 0x18, 15, .. "20261105020000Z"u8, .. tbs[(at + 15)..]];
        // Two octets more in the validity and in the whole.
        var validity = at - 2;
        changed[validity + 1] += 2;
        changed[3] += 2;
        Assert.Contains("validity-encoding", Lint.Findings(changed, Issuer, Rules, Now).Select(f => f.Rule));
    }

    [Fact]
    public void Octets_that_are_no_certificate_are_one_finding()
    {
        Assert.Equal("der", Assert.Single(Lint.Findings(new byte[] { 0x30, 0x00 }, Issuer, Rules, Now)).Rule);
        byte[] longer = [.. Right().Encode(), 0];
        Assert.Equal("der", Assert.Single(Lint.Findings(longer, Issuer, Rules, Now)).Rule);
    }

    [Fact]
    public void A_weak_key_is_named_where_the_profile_wants_more() =>
        Assert.Equal(
            ["profile-key-strength"],
            Lint.Findings(WithKey(Right(), RsaKey.PublicKey).Encode(), Issuer, Rules with { MinimumStrengthBits = 128 }, Now).Select(f => f.Rule));

    [Fact]
    public void Serial_numbers_do_not_repeat_and_have_one_length()
    {
        var serials = Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(RandomSerial.Next().Octets)).ToList();
        Assert.Equal(1000, serials.Distinct().Count());
        Assert.All(serials, s => Assert.Equal(34, s.Length));
    }

    private static IEnumerable<string> WithSerial(byte[] serial)
    {
        var tbs = new AsnReader(Right().Encode(), AsnEncodingRules.DER).ReadSequence();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(tbs.ReadEncodedValue().Span);
            tbs.ReadInteger();
            writer.WriteInteger(serial);
            while (tbs.HasData)
            {
                writer.WriteEncodedValue(tbs.ReadEncodedValue().Span);
            }
        }

        return Lint.Findings(writer.Encode(), Issuer, Rules, Now).Select(f => f.Rule);
    }

    private static CertificateTemplate Right() => WithKey(
        new()
        {
            SignatureSuite = AlgorithmSuite.P256,
            Issuer = Issuer.Subject,
            Subject = DistinguishedName.Parse("CN=王敏,OU=b,OU=a,C=CN"),
            NotBefore = Now,
            NotAfter = Now.AddYears(5),
            Spki = default,
            Extensions =
            [
                ExtensionWriter.AuthorityKeyIdentifier(Issuer.SubjectKeyIdentifier!),
                ExtensionWriter.SubjectKeyIdentifier([]),
                ExtensionWriter.BasicConstraints(false),
                ExtensionWriter.KeyUsage(Rules.KeyUsage),
                ExtensionWriter.ExtendedKeyUsage(Rules.ExtendedKeyUsage),
                ExtensionWriter.CertificatePolicies(Rules.Policies),
                ExtensionWriter.CrlDistributionPoints(Rules.CrlUrls),
                ExtensionWriter.AuthorityInfoAccess(Rules.OcspUrls, Rules.CaIssuerUrls),
            ],
        },
        Key.PublicKey);

    private static CertificateTemplate WithKey(CertificateTemplate t, PublicKey key) =>
        Replace(t with { Spki = key.Spki }, ExtensionWriter.SubjectKeyIdentifier(ExtensionWriter.KeyIdentifier(key.Spki)));

    private static CertificateExtension Find(CertificateTemplate t, string oid) => t.Extensions.Single(e => e.Oid == oid);

    private static CertificateTemplate Replace(CertificateTemplate t, CertificateExtension extension) =>
        t with { Extensions = [.. t.Extensions.Select(e => e.Oid == extension.Oid ? extension : e)] };

    private static Certificate MakeIssuer()
    {
        var name = DistinguishedName.Parse("CN=云泽市签发 CA,C=CN");
        var template = new CertificateTemplate
        {
            SignatureSuite = AlgorithmSuite.P256,
            Issuer = name,
            Subject = name,
            NotBefore = Now.AddYears(-1),
            NotAfter = Now.AddYears(7),
            Spki = CaKey.PublicKey.Spki,
            Extensions =
            [
                ExtensionWriter.SubjectKeyIdentifier(ExtensionWriter.KeyIdentifier(CaKey.PublicKey.Spki)),
                ExtensionWriter.BasicConstraints(true, 0),
                ExtensionWriter.KeyUsage(KeyUsages.KeyCertSign | KeyUsages.CrlSign),
            ],
        };
        var rules = new CertificateRules
        {
            Profile = "ca",
            KeyTypes = [AlgorithmSuite.P256],
            KeyUsage = KeyUsages.KeyCertSign | KeyUsages.CrlSign,
            IsCa = true,
            PathLength = 0,
            MaxValidity = TimeSpan.FromDays(3000),
        };
        return Certificate.FromDer(Lint.Check(template.Encode(), null, rules, Now).Sign(CaKey));
    }
}
