using Microsoft.Extensions.DependencyInjection;
using Org.BouncyCastle.Tls;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Revocation;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store;
using Rekey.Store.Keys;
using Rekey.Testing;
using Rekey.Testing.Pki;
using Certificate = Rekey.Pki.Certificates.Certificate;

namespace Rekey.SystemTests.Interop;

/// <summary>
/// TLS 1.3 with SM2 (RFC 8998) between a server and a holder, whose certificates an SM2 institution issued; each judges the other's by the root alone.
/// </summary>
public sealed class Sm2TlsTests(Sm2TlsTests.Institution institution) : IClassFixture<Sm2TlsTests.Institution>
{
    private static readonly byte[] Question = [.. "谁可以进来？"u8];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private CaHost Host => institution.Host;

    private Certificate Issuing => Host.Ca.Authority.Issuers[0].Certificate;

    [Fact]
    public async Task Holder_and_server_know_each_other_and_data_pass_both_ways()
    {
        using var key = Sm2PrivateKey.Generate();

        var outcome = await Rfc8998.ConnectAsync(Server(), Holder(key, Clerk(key)), Question);

        Assert.Equal((0x00C6, 41), (outcome.Suite, outcome.Group));
        Assert.Equal(Question, outcome.Answer);
        Assert.Equal((null, null), (outcome.ServerAlert, outcome.ClientAlert));
    }

    [Fact]
    public async Task A_holder_of_another_institution_is_refused()
    {
        var (foreign, key) = Foreign();

        var outcome = await Rfc8998.ConnectAsync(Server(), new(foreign, key, Judge(Oids.ServerAuth)), Question);

        Assert.Equal((AlertDescription.unknown_ca, null), (outcome.ServerAlert, outcome.Answer));
    }

    [Fact]
    public async Task A_server_of_another_institution_is_refused()
    {
        var (foreign, foreignKey) = Foreign();
        using var key = Sm2PrivateKey.Generate();

        var outcome = await Rfc8998.ConnectAsync(new(foreign, foreignKey, Judge(Oids.ClientAuth)), Holder(key, Clerk(key)), Question);

        Assert.Equal((AlertDescription.unknown_ca, null), (outcome.ClientAlert, outcome.Answer));
    }

    /// <summary>The certificate is the institution's own and good; only it is none for SM2.</summary>
    [Fact]
    public async Task A_holder_whose_certificate_has_a_P256_key_is_refused()
    {
        using var p256 = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        using var key = Sm2PrivateKey.Generate();

        var outcome = await Rfc8998.ConnectAsync(Server(), Holder(key, Host.Ca.IssuePerson(p256.PublicKey)), Question);

        Assert.Equal((AlertDescription.decrypt_error, null), (outcome.ServerAlert, outcome.Answer));
    }

    [Fact]
    public async Task A_holder_with_another_s_certificate_is_refused()
    {
        using var key = Sm2PrivateKey.Generate();
        using var stolen = Sm2PrivateKey.Generate();

        var outcome = await Rfc8998.ConnectAsync(Server(), Holder(key, Clerk(stolen)), Question);

        Assert.Equal((AlertDescription.decrypt_error, null), (outcome.ServerAlert, outcome.Answer));
    }

    [Fact]
    public async Task A_holder_without_certificate_is_refused()
    {
        using var key = Sm2PrivateKey.Generate();

        var outcome = await Rfc8998.ConnectAsync(Server(), new([], key, Judge(Oids.ServerAuth)), Question);

        Assert.Equal((AlertDescription.certificate_required, null), (outcome.ServerAlert, outcome.Answer));
    }

    [Fact]
    public async Task A_holder_whose_certificate_has_expired_is_refused()
    {
        using var key = Sm2PrivateKey.Generate();

        var outcome = await Rfc8998.ConnectAsync(Server(), Holder(key, Clerk(key, DateTimeOffset.UtcNow.AddYears(-6))), Question);

        Assert.Equal((AlertDescription.certificate_expired, null), (outcome.ServerAlert, outcome.Answer));
    }

    [Fact]
    public async Task A_holder_whose_certificate_was_revoked_is_refused()
    {
        using var key = Sm2PrivateKey.Generate();
        var certificate = Clerk(key);
        await Host.AddAsync(certificate);
        Assert.Equal(Question, (await Rfc8998.ConnectAsync(AskingServer(), Holder(key, certificate), Question)).Answer);

        await Host.Services.GetRequiredService<ChangeStatus>().RunAsync(
            new(certificate.Sha256, StatusAction.Revoke, "tester") { Reason = RevocationReason.KeyCompromise }, Cancel);
        for (var attempt = 0; !IsRevoked(certificate); attempt++)
        {
            Assert.True(attempt < 100, "the publisher does not know of the revocation");
            await Task.Delay(100, Cancel);
        }

        var outcome = await Rfc8998.ConnectAsync(AskingServer(), Holder(key, certificate), Question);

        Assert.Equal((AlertDescription.certificate_revoked, null), (outcome.ServerAlert, outcome.Answer));
    }

    private Rfc8998Peer Server() => new(institution.ServerChain, institution.ServerKey, Judge(Oids.ClientAuth));

    /// <summary>A server that asks the publisher about each client.</summary>
    private Rfc8998Peer AskingServer() => Server() with
    {
        Judge = chain => Judge(Oids.ClientAuth)(chain) ?? (IsRevoked(chain[0]) ? AlertDescription.certificate_revoked : null),
    };

    private Rfc8998Peer Holder(Sm2PrivateKey key, Certificate certificate) => new([certificate, Issuing], key, Judge(Oids.ServerAuth));

    private Certificate Clerk(Sm2PrivateKey key, DateTimeOffset? at = null)
    {
        using var known = PublicKey.FromSpki(key.PublicKey.ToSpki());
        return Host.Ca.IssuePerson(known, at: at);
    }

    private static (IReadOnlyList<Certificate> Chain, Sm2PrivateKey Key) Foreign()
    {
        var pki = new TestPki(AlgorithmSuite.Sm2);
        var entity = pki.Issue("CN=Li Na", pki.Issuing, AlgorithmSuite.Sm2, ekus: [Oids.ServerAuth, Oids.ClientAuth]);
        return ([.. new[] { entity, pki.Issuing, pki.Root }.Select(e => Certificate.FromDer(e.Der))], Sm2PrivateKey.FromPkcs8(entity.Key.ExportPkcs8()));
    }

    private Func<IReadOnlyList<Certificate>, short?> Judge(string purpose) => chain =>
        new ChainValidator(Host.Ca.Authority.Anchors, []).Validate(
            chain[0], new ChainPolicy(DateTimeOffset.UtcNow) { RequiredUsage = KeyUsages.DigitalSignature, RequiredPurpose = purpose }, chain.Skip(1)).Fault switch
        {
            null => null,
            ChainFault.NoPath => AlertDescription.unknown_ca,
            ChainFault.Expired => AlertDescription.certificate_expired,
            _ => AlertDescription.bad_certificate,
        };

    private bool IsRevoked(Certificate certificate)
    {
        using var content = new ByteArrayContent(new OcspRequest([OcspCertId.Of(Issuing, certificate.SerialHex, Oids.Sm3)], null).Encode());
        content.Headers.ContentType = new("application/ocsp-request");
        using var request = new HttpRequestMessage(HttpMethod.Post, certificate.OcspUrls[0]) { Content = content };
        using var answer = Host.Http.Send(request);
        using var body = new MemoryStream();
        answer.Content.ReadAsStream().CopyTo(body);
        var response = OcspResponse.Read(body.ToArray());
        Assert.True(response.Verify(Issuing, DateTimeOffset.UtcNow));
        return Assert.Single(response.Responses).Status == OcspCertStatus.Revoked;
    }

    /// <summary>A CA that runs, with a publisher, and a server that has its certificate from it.</summary>
    public sealed class Institution : IAsyncLifetime
    {
        internal CaHost Host { get; private set; } = null!;

        internal IReadOnlyList<Certificate> ServerChain { get; private set; } = [];

        internal Sm2PrivateKey ServerKey { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Host = await CaHost.StartAsync(StoreEngine.Sqlite, TimeProvider.System, AlgorithmSuite.Sm2);
            var order = new ServiceCertificateOrder("tls", "front", Host.Ca.PathOf("front"), "correct horse") { Hosts = ["localhost"], Suite = AlgorithmSuite.Sm2 };
            var certificate = await Host.Services.GetRequiredService<IssueServiceCertificate>().RunAsync(order, "tester", CancellationToken.None);
            ServerChain = [certificate, Host.Ca.Authority.Issuers[0].Certificate];
            using var key = KeyFile.Read(Host.Ca.PathOf("front", "front.key"), "correct horse");
            ServerKey = Sm2PrivateKey.FromPkcs8(key.ExportPkcs8());
        }

        public ValueTask DisposeAsync()
        {
            ServerKey.Dispose();
            return Host.DisposeAsync();
        }
    }
}
