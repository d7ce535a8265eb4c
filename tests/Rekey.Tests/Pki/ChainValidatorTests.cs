using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Tests.Pki;

public sealed class ChainValidatorTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 5, 2, 0, 0, TimeSpan.Zero);
    private static readonly (Certificate Certificate, SoftwareSigningKey Key) Root = Make("CN=Root", null, ca: true);
    private static readonly (Certificate Certificate, SoftwareSigningKey Key) Middle = Make("CN=Middle", Root, ca: true);
    private static readonly (Certificate Certificate, SoftwareSigningKey Key) Leaf = Make("CN=Leaf", Middle);
    private static readonly ChainValidator Validator = new([Root.Certificate], [Middle.Certificate, Leaf.Certificate]);

    [Fact]
    public void A_good_leaf_leads_to_its_anchor()
    {
        var result = Validator.Validate(Leaf.Certificate, new(Now));
        Assert.Equal([Leaf.Certificate, Middle.Certificate, Root.Certificate], result.Path);
        Assert.Equal(Middle.Certificate, result.Issuer);
    }

    public static TheoryData<string, ChainFault> Faults => new()
    {
        { "expired", ChainFault.Expired },
        { "not yet", ChainFault.NotYetValid },
        { "stranger", ChainFault.NoPath },
        { "same name, other key", ChainFault.BadSignature },
        { "issued by a leaf", ChainFault.NotAnIssuer },
        { "below the path length", ChainFault.NotAnIssuer },
        { "issuer expired", ChainFault.IssuerNotValid },
        { "critical extension", ChainFault.UnknownCritical },
        { "name constraints", ChainFault.UnknownCritical },
        { "usage", ChainFault.WrongUse },
        { "purpose", ChainFault.WrongUse },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_bad_path_is_refused_with_its_reason(string what, ChainFault fault)
    {
        var (leaf, extra, policy) = Case(what);
        Assert.Equal(fault, Validator.Validate(leaf, policy, extra).Fault);
    }

    [Fact]
    public void An_expired_leaf_passes_where_it_is_allowed_and_its_issuer_lives()
    {
        var expired = Make("CN=Old", Middle, from: Now.AddYears(-5), to: Now.AddDays(-100)).Certificate;
        Assert.True(Validator.Validate(expired, new(Now) { AllowExpiredLeaf = true }).IsValid);
        Assert.Equal(ChainFault.IssuerNotValid, Validator.Validate(expired, new(Now.AddYears(40)) { AllowExpiredLeaf = true }).Fault);
    }

    [Fact]
    public void Certificates_that_came_along_connect_but_are_not_trusted()
    {
        var bare = new ChainValidator([Root.Certificate], []);
        Assert.Equal(ChainFault.NoPath, bare.Validate(Leaf.Certificate, new(Now)).Fault);
        Assert.True(bare.Validate(Leaf.Certificate, new(Now), [Middle.Certificate]).IsValid);
        var stranger = Make("CN=Stranger", null, ca: true);
        Assert.Equal(ChainFault.NoPath, bare.Validate(Make("CN=X", stranger).Certificate, new(Now), [stranger.Certificate]).Fault);
    }

    private static (Certificate Leaf, IEnumerable<Certificate> Extra, ChainPolicy Policy) Case(string what)
    {
        var sub = Make("CN=Sub", Middle, ca: true);
        var old = Make("CN=OldCa", Root, ca: true, from: Now.AddYears(-9), to: Now.AddDays(-1));
        var named = Make("CN=Named", Root, ca: true, more: new("2.5.29.30", true, new byte[] { 0x30, 0x00 }));
        return what switch
        {
            "expired" => (Make("CN=X", Middle, to: Now.AddSeconds(-1)).Certificate, [], new(Now)),
            "not yet" => (Make("CN=X", Middle, from: Now.AddSeconds(1)).Certificate, [], new(Now)),
            "stranger" => (Make("CN=X", Make("CN=Stranger", null, ca: true)).Certificate, [], new(Now)),
            "same name, other key" => (Make("CN=X", Make("CN=Middle", null, ca: true), aki: false).Certificate, [], new(Now)),
            "issued by a leaf" => (Make("CN=X", Leaf).Certificate, [], new(Now)),
            "below the path length" => (Make("CN=X", sub).Certificate, [sub.Certificate], new(Now)),
            "issuer expired" => (Make("CN=X", old).Certificate, [old.Certificate], new(Now)),
            "critical extension" => (Make("CN=X", Middle, more: new("1.2.3.4", true, new byte[] { 5, 0 })).Certificate, [], new(Now)),
            "name constraints" => (Make("CN=X", named).Certificate, [named.Certificate], new(Now)),
            "usage" => (Leaf.Certificate, [], new(Now) { RequiredUsage = KeyUsages.KeyEncipherment }),
            _ => (Leaf.Certificate, [], new(Now) { RequiredPurpose = Oids.CmcRa }),
        };
    }

    /// <summary>Signs without the lint, because most of these must not exist.</summary>
    private static (Certificate Certificate, SoftwareSigningKey Key) Make(
        string name, (Certificate Certificate, SoftwareSigningKey Key)? issuer, bool ca = false, DateTimeOffset? from = null, DateTimeOffset? to = null, CertificateExtension? more = null, bool aki = true)
    {
        var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        List<CertificateExtension> extensions =
        [
            ExtensionWriter.SubjectKeyIdentifier(ExtensionWriter.KeyIdentifier(key.PublicKey.Spki)),
            ExtensionWriter.BasicConstraints(ca, ca && name == "CN=Middle" ? 0 : null),
            ExtensionWriter.KeyUsage(ca ? KeyUsages.KeyCertSign : KeyUsages.DigitalSignature),
        ];
        if (issuer is { } i && aki)
        {
            extensions.Add(ExtensionWriter.AuthorityKeyIdentifier(i.Certificate.SubjectKeyIdentifier!));
        }

        if (more is not null)
        {
            extensions.Add(more);
        }

        var subject = DistinguishedName.Parse(name);
        var template = new CertificateTemplate
        {
            SignatureSuite = AlgorithmSuite.P256,
            Issuer = issuer?.Certificate.Subject ?? subject,
            Subject = subject,
            NotBefore = from ?? Now.AddYears(-10),
            NotAfter = to ?? Now.AddYears(20),
            Spki = key.PublicKey.Spki,
            Extensions = extensions,
        };
        return (Certificate.FromDer(SignatureIdentifiers.Sign(template.Encode(), issuer?.Key ?? key)), key);
    }
}
