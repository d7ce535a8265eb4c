using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Certificates;
using Rekey.Ca.Ceremony;
using Rekey.Ca.Issuers;
using Rekey.Ca.Revocation;
using Rekey.Ca.Signing;
using Rekey.Ca.Store;
using Rekey.Kmc.Ceremony;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Ra.Renewal;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Store;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;

namespace Rekey.Testing.Institutions;

/// <summary>
/// A whole institution in a directory: CA, RA, their stores, and SoftHSM2 tokens that hold certificates in each state. Made by the
/// product's own parts; only the past is arranged, by letting the issuer believe it is another day.
/// </summary>
public sealed partial class Institution
{
    /// <summary>One for all of a process: each costs the processor what makes it hard to guess.</summary>
    private static readonly string Passphrase = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    private readonly StoreOptions? caDatabase;
    private readonly StoreOptions? raDatabase;

    private Institution(InstitutionPlan plan)
    {
        Plan = plan;
        caDatabase = plan.Postgres ? PrivatePostgres.NewDatabase() : null;
        raDatabase = plan.Postgres ? PrivatePostgres.NewDatabase() : null;
    }

    /// <summary>Connection strings of the CA's and the RA's PostgreSQL databases.</summary>
    /// <exception cref="InvalidOperationException">They are SQLite files.</exception>
    public (string Ca, string Ra) Databases => (caDatabase, raDatabase) is ({ } ca, { } ra)
        ? (ca.ConnectionString, ra.ConnectionString) : throw new InvalidOperationException("this institution has SQLite files");

    /// <summary>What it was made from.</summary>
    public InstitutionPlan Plan { get; }

    /// <summary>Directory with <c>rekey.yaml</c>.</summary>
    public string Directory => Plan.Directory;

    /// <summary>PEM of the root.</summary>
    public string RootFile => Path.Combine(Directory, "ca", "certificates", "root.pem");

    /// <summary>PEM of issuing CA and root.</summary>
    public string ChainFile => Path.Combine(Directory, "ca", "certificates", "chain.pem");

    /// <summary>The directories of its hosts; null when all parts are in one process.</summary>
    public SplitHosts? Hosts { get; private set; }

    /// <summary>Its tokens.</summary>
    public SoftHsm Tokens { get; private set; } = null!;

    /// <summary>Makes one.</summary>
    /// <param name="plan">What to make.</param>
    /// <param name="host">The program that hosts PKCS#11 modules.</param>
    /// <param name="cancel">Cancels.</param>
    public static async Task<Institution> CreateAsync(InstitutionPlan plan, HostProgram host, CancellationToken cancel = default)
    {
        var institution = new Institution(plan);
        institution.MakeCa();
        await File.WriteAllTextAsync(Path.Combine(plan.Directory, "rekey.yaml"), institution.ServerFile(), cancel);

        if (plan.HasKmc)
        {
            await institution.MakeKmcAsync(cancel);
        }

        await using var server = ServerHost.BuildAll(ServerSettings.Load(plan.Directory), plan.Time);
        await Migration.MigrateAsync(server.Services, (_, _) => { }, cancel);
        if (plan.Topology == Topology.Split)
        {
            institution.Hosts = await SplitHosts.WriteAsync(institution, server.Services, institution.RaStore, cancel);
        }

        institution.Tokens = new SoftHsm(Path.Combine(plan.Directory, "softhsm"));
        foreach (var token in plan.Tokens)
        {
            institution.Tokens.AddToken(token.Label);
        }

        await institution.MakeUKeysAsync(server.Services, host, cancel);
        if (plan.Tokens.Count == 0)
        {
            return institution;
        }

        using var module = institution.Tokens.Module(host: host);
        var infos = module.ListTokens();
        foreach (var token in plan.Tokens)
        {
            using var open = module.Open(infos.Single(i => i.Label == token.Label).Identity);
            open.Login(SoftHsm.PinBytes);
            await institution.EnrolAsync(server.Services, open, token, cancel);
        }

        return institution;
    }

    /// <summary>Copies a file of the CA's directory, with its mode.</summary>
    internal void Copy(string name, string directory) =>
        File.Copy(Path.Combine(Directory, "ca", name), Path.Combine(directory, Path.GetFileName(name)));

    /// <summary>A day of the institution's calendar.</summary>
    public DateTimeOffset Day(int fromToday) => Plan.Time.GetUtcNow().AddDays(fromToday);

    private void MakeCa()
    {
        System.IO.Directory.CreateDirectory(Plan.Directory);
        var ca = Path.Combine(Plan.Directory, "ca");
        new InitialiseCa(Plan.Time).Run(new CeremonyOptions
        {
            Directory = ca,
            RootSubject = Name("云泽市根 CA"),
            IssuingSubject = Name("云泽市运行 CA"),
            Publisher = Plan.Publisher.GetLeftPart(UriPartial.Authority),
            Passphrase = Passphrase,
            RootPassphrase = Passphrase,
            RootSuite = Plan.CaSuite,
            IssuingSuite = Plan.CaSuite,
            Since = Plan.Time.GetUtcNow().AddYears(-8),
            KeepPassphrase = true,
            PostgresConnection = caDatabase?.ConnectionString,
        });

        var profiles = Path.Combine(ca, "profiles.yaml");
        File.WriteAllText(profiles, Plan.Profiles(PreferKeyType(File.ReadAllText(profiles))));
    }

    // The first key type of a profile is what a renewal generates.
    private string PreferKeyType(string yaml)
    {
        var all = new[] { Plan.NewKeys }.Concat(AlgorithmSuite.All.Where(s => s != Plan.NewKeys)).Select(s => s.Name);
        return new System.Text.RegularExpressions.Regex(@"keyTypes: \[[^\]]*\]").Replace(yaml, $"keyTypes: [{string.Join(", ", all)}]", 1);
    }

    // As an operator does it: the centre's keys, its certificate from the CA, and the lines that name them.
    private async Task MakeKmcAsync(CancellationToken cancel)
    {
        var kmc = Path.Combine(Directory, "kmc");
        InitialiseKmc.Run(new(kmc, "pki.yunze.example/audit/kmc", Passphrase));
        await using (var server = ServerHost.BuildAll(ServerSettings.Load(Directory), Plan.Time))
        {
            await Migration.MigrateAsync(server.Services, (_, _) => { }, cancel);
            await server.Services.GetRequiredService<IssueServiceCertificate>().RunAsync(new("kmc", "kmc", kmc, Passphrase), "ceremony", cancel);
        }

        await File.AppendAllTextAsync(Path.Combine(Directory, "ca", "ca.yaml"), "kmcCertificate: ../kmc/kmc.pem\n", cancel);
        if (Plan.EncryptionKeys is { } half)
        {
            await PairProfilesAsync(half, cancel);
        }

        if (Plan.UKeys.Count > 0)
        {
            AddSm2(Path.Combine(Directory, "ca"));
        }

        await File.AppendAllTextAsync(Path.Combine(Directory, "rekey.yaml"), $$"""
            kmc:
              store: { sqlite: kmc.db }
              certificate: kmc/kmc.pem
              key: kmc/kmc.key
              passphraseFile: ca/passphrase
              ca: ca/certificates/cmp.pem
              pool: { {{Plan.EncryptionKeys ?? AlgorithmSuite.Sm2}}: {{Plan.SpareKeys}} }

            """, cancel);
    }

    private async Task PairProfilesAsync(AlgorithmSuite kinds, CancellationToken cancel)
    {
        var profiles = Path.Combine(Directory, "ca", "profiles.yaml");
        var usage = kinds.Family == KeyFamily.Ecdsa ? "keyAgreement" : "keyEncipherment, dataEncipherment";
        var yaml = await File.ReadAllTextAsync(profiles, cancel);
        await File.WriteAllTextAsync(profiles, yaml
            .Replace($"# encryptionProfile: {InstitutionPlan.EncryptionProfile}", $"encryptionProfile: {InstitutionPlan.EncryptionProfile}", StringComparison.Ordinal)
            .Replace("keyTypes: [RSA-2048, RSA-3072, SM2]", $"keyTypes: [{kinds}]", StringComparison.Ordinal)
            .Replace("keyUsage: [keyEncipherment, dataEncipherment]", $"keyUsage: [{usage}]", StringComparison.Ordinal), cancel);
    }

    private string RaStore => raDatabase is { } database ? $"postgres: \"{database.ConnectionString}\"" : $"sqlite: {Path.Combine(Directory, "ra.db")}";

    private string ServerFile() => $$"""
        # A demonstration institution. Unknown keys are errors.
        listen: [{{Plan.Portal.GetLeftPart(UriPartial.Authority)}}]
        publish: {{Plan.Publisher.GetLeftPart(UriPartial.Authority)}}
        publicOrigin: {{(Plan.PublicOrigin ?? Plan.Portal).GetLeftPart(UriPartial.Authority)}}
        {{(Plan.TlsCertificate is { } pfx ? $"tlsCertificate: {pfx}" : "")}}
        profiles: ca/profiles.yaml
        ca: ca
        store: { {{RaStore}} }
        cmp: { checkAfterSeconds: {{Plan.CheckAfterSeconds}} }
        ra:
          certificate: ca/certificates/ra.pem
          key: ca/ra/ra.key
          passphraseFile: ca/passphrase
          caCertificate: ca/certificates/issuing.pem

        """;

    /// <summary>A holder whose key is in software: for clients that have no token.</summary>
    public async Task<Pki.TestPki.Entity> EnrolSoftwareAsync(IServiceProvider services, TokenPlan plan, CancellationToken cancel = default)
    {
        var key = SoftwareSigningKey.Generate(plan.Suite);
        return new(key, await CertifyAsync(services, key.PublicKey.Spki, plan, cancel));
    }

    private async Task EnrolAsync(IServiceProvider services, IToken token, TokenPlan plan, CancellationToken cancel)
    {
        var id = RandomNumberGenerator.GetBytes(16);
        var pair = token.GenerateSigningPair(id, plan.Holder, plan.Suite);
        var certificate = await CertifyAsync(services, pair.Spki!, plan, cancel);
        token.WriteCertificate(id, plan.Holder, certificate);
        if (Plan.EncryptionKeys is { } kind && plan.Condition != TokenCondition.Foreign)
        {
            using var key = SoftwareSigningKey.Generate(kind);
            var half = await CertifyHalfAsync(services, key.PublicKey.Spki, plan, certificate, cancel);
            EncryptionPairs.Put(token, id, RandomNumberGenerator.GetBytes(16), plan.Holder, key, half);
        }
    }

    /// <summary>The encryption certificate beside a holder's signing certificate, with its records in both stores.</summary>
    /// <returns>DER.</returns>
    public async Task<byte[]> CertifyHalfAsync(IServiceProvider services, ReadOnlyMemory<byte> spki, TokenPlan plan, byte[] signing, CancellationToken cancel = default)
    {
        using var key = PublicKey.FromSpki(spki);
        var certificate = Issue(services, Subject(plan), key, plan, ProfileOf(plan, half: true));
        await RecordAsync(services, plan, certificate, signing, cancel);
        return certificate;
    }

    /// <summary>A certificate for a key that is somewhere, with its records in both stores.</summary>
    /// <returns>DER.</returns>
    public async Task<byte[]> CertifyAsync(IServiceProvider services, ReadOnlyMemory<byte> spki, TokenPlan plan, CancellationToken cancel = default)
    {
        if (plan.Condition == TokenCondition.Foreign)
        {
            return new Pki.TestPki(now: Day(0)).CertifyPublic(spki.ToArray(), $"CN={plan.Holder}, O={plan.Holder}, C=CN", Day(plan.ExpiresInDays));
        }

        using var key = PublicKey.FromSpki(spki);
        var certificate = Issue(services, Subject(plan), key, plan, ProfileOf(plan, half: false));
        await RecordAsync(services, plan, certificate, null, cancel);
        return certificate;
    }

    private static DistinguishedName Subject(TokenPlan plan) => DistinguishedName.Build(
        new NameAttribute(Oids.CountryName, "CN"),
        new NameAttribute(Oids.OrganizationName, plan.Holder),
        new NameAttribute(Oids.SubjectSerialNumber, plan.StableId),
        new NameAttribute(Oids.CommonName, plan.Holder));

    private byte[] Issue(IServiceProvider services, DistinguishedName subject, PublicKey key, TokenPlan plan, string profile)
    {
        var issuer = services.GetRequiredService<Ca.Signing.CertificateIssuer>();
        var issuedAt = Day(plan.ExpiresInDays).AddYears(-5);
        return issuer.Issue(issuer.Prepare(new IssuanceRequest
        {
            Profile = profile,
            SubjectDer = subject.Encoded,
            SubjectPublicKey = key,
            SubscriberId = plan.StableId,
            Now = issuedAt,
        }));
    }

    private async Task RecordAsync(IServiceProvider services, TokenPlan plan, byte[] der, byte[]? pairOf, CancellationToken cancel)
    {
        var certificate = Certificate.FromDer(der);
        var revoked = plan.Condition == TokenCondition.Revoked;
        await using (var db = await services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(cancel))
        {
            var signingSha256 = pairOf is null ? null : SHA256.HashData(pairOf);
            var signing = signingSha256 is null ? null : await db.Certificates.AsNoTracking().SingleAsync(c => c.Sha256 == signingSha256, cancel);
            var chain = new ChainRecord { Id = signing?.ChainId ?? Guid.NewGuid(), CreatedAt = certificate.NotBefore };
            if (signing is null)
            {
                db.Chains.Add(chain);
            }

            var profile = ProfileOf(plan, half: signing is not null);
            var ca = services.GetRequiredService<CertificationAuthority>();
            var issuer = await db.IssuerIdAsync(ca.IssuerOf(ca.Profiles[profile]), cancel);
            var record = CertificateRecord.InUse(
                certificate, issuer, profile, plan.StableId, chain, certificate.NotBefore, signing?.Id);
            if (revoked)
            {
                (record.State, record.RevokedAt, record.Reason) = (Ca.Certificates.CertificateState.Revoked, Day(-20), RevocationReason.AffiliationChanged);
            }

            db.Certificates.Add(record);
            await db.SaveChangesAsync(cancel);
        }

        if (plan.Condition != TokenCondition.Unregistered)
        {
            await RegisterAsync(services, plan, der, pairOf, cancel);
        }
    }

    private async Task RegisterAsync(IServiceProvider services, TokenPlan plan, byte[] der, byte[]? pairOf, CancellationToken cancel)
    {
        var facts = CertificateFacts.Read(der)!;
        await using var db = await services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(cancel);
        var subscriber = await db.Subscribers.SingleOrDefaultAsync(s => s.StableId == plan.StableId, cancel) ?? db.Subscribers.Add(new Subscriber
        {
            Kind = SubscriberKind.Organisation,
            StableId = plan.StableId,
            DisplayName = plan.Holder,
            ContactName = "李娜",
            ContactPhone = "0000-8696 1200",
            IdentityProvedAt = facts.NotBefore,
            RegisteredAt = facts.NotBefore,
            State = plan.Condition == TokenCondition.Cancelled ? SubscriberState.Cancelled : SubscriberState.Registered,
            CancelledAt = plan.Condition == TokenCondition.Cancelled ? Day(-5) : null,
        }).Entity;
        var signingSha256 = pairOf is null ? null : SHA256.HashData(pairOf);
        db.Certificates.Add(new RegisteredCertificate
        {
            Sha256 = facts.Sha256,
            Der = der,
            IssuerId = await db.IssuerIdAsync(facts, cancel),
            Serial = facts.Serial,
            SpkiSha256 = facts.SpkiSha256,
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            Subscriber = subscriber,
            Profile = ProfileOf(plan, half: pairOf is not null),
            PairOfId = signingSha256 is null ? null : await db.Certificates.Where(c => c.Sha256 == signingSha256).Select(c => (long?)c.Id).SingleAsync(cancel),
            State = plan.Condition == TokenCondition.Revoked ? Ra.Subscribers.CertificateState.Revoked : Ra.Subscribers.CertificateState.Active,
            RevokedAt = plan.Condition == TokenCondition.Revoked ? Day(-20) : null,
        });
        await db.SaveChangesAsync(cancel);
    }

    private static DistinguishedName Name(string commonName) => DistinguishedName.Build(
        new NameAttribute(Oids.CountryName, "CN"), new NameAttribute(Oids.OrganizationName, "云泽市电子政务中心"), new NameAttribute(Oids.CommonName, commonName));
}
