using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Download;
using Rekey.Contract.Upstream;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Notes;
using Rekey.Ra;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Cmp;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Store;
using Rekey.Store.Schema;
using Rekey.Testing.Pki;
using Rekey.Web;
using Rekey.Web.Console;
using X509 = System.Security.Cryptography.X509Certificates;

namespace Rekey.Testing.Portal;

/// <summary>The real portal on Kestrel and a database of its own, at a fixed date, without agent or CA.</summary>
public sealed class PortalHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly string? folder;

    private PortalHost(WebApplication app, ShiftedTime time, string? folder)
    {
        this.app = app;
        this.folder = folder;
        Time = time;
        Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);
    }

    /// <summary>For example <c>http://localhost:40001</c>.</summary>
    public string Address { get; }

    public ShiftedTime Time { get; }

    public DemoPki Pki { get; } = new();

    public IServiceProvider Services => app.Services;

    internal CaDeeds Outcome => new(Services);

    internal SessionCleanup Cleanup => Services.GetRequiredService<SessionCleanup>();

    // Deriving its key is slow on purpose.
    private static readonly Lazy<SecretBox> Box = new(() => SecretBox.FromPassphrase("only for tests"));

    /// <summary>Starts a portal.</summary>
    /// <param name="change">Changes of the default settings.</param>
    /// <param name="store">Where the data are; null: a SQLite file that goes with the host.</param>
    /// <param name="at">The date it lives at, midday in China.</param>
    /// <param name="operators">Whose certificates log in at the console; null: nobody's.</param>
    public static async Task<PortalHost> StartAsync(Func<RaOptions, RaOptions>? change = null, StoreOptions? store = null, string at = "2026-11-24", TestPki? operators = null)
    {
        var folder = store is null ? Directory.CreateTempSubdirectory("rekey-portal-").FullName : null;
        var time = new ShiftedTime(DemoPki.Day(at) + TimeSpan.FromHours(9.7));
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = typeof(PortalHost).Assembly.GetName().Name });
        var port = operators is null ? 0 : Ports.Free(); // a login is bound to its origin
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, port));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<ICaUpstream>(new NoCa());
        builder.Services.AddSingleton(services => Identity(services));
        builder.Services.AddSingleton(Box.Value);
        var options = new RaOptions { Renewal = new RenewalOptions { Profiles = new Dictionary<string, ProfileRule> { ["default"] = new() { KeyType = "P-256" } } } };
        options = change?.Invoke(options) ?? options;
        builder.Services.AddRekeyRa(options, store ?? StoreOptions.SqliteFile(Path.Combine(folder!, "ra.db")), new("ra", "portal.test/audit/ra", Ed25519Key.Generate()));
        builder.Services.AddRekeyWeb();
        if (operators is not null)
        {
            builder.Services.AddRekeyConsole(new() { Origin = $"http://localhost:{port}", Anchors = [Certificate.FromDer(operators.Root.Der)], Issuers = [Certificate.FromDer(operators.Issuing.Der)] }, options);
        }

        var app = builder.Build();
        app.MapRekeyRa();
        app.MapRekeyWeb();
        await using (var db = await app.Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync())
        {
            await StoreSchema.MigrateAsync(db, CancellationToken.None);
        }

        await app.StartAsync();
        return new PortalHost(app, time, folder);
    }

    // The RA signs its own refusals with it.
    private static RaIdentity Identity(IServiceProvider services)
    {
        using var pki = new DemoPki();
        var key = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var subjectKey = X509.PublicKey.CreateFromSubjectPublicKeyInfo(key.PublicKey.Spki.Span, out _);
        return new RaIdentity(CmpSigner.Of(key, pki.Issue("云泽市电子政务外网 RA", now.AddDays(-1), now.AddDays(300), subjectKey)), pki.IssuerName);
    }

    internal async Task<RaDbContext> DatabaseAsync() => await Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync();

    /// <summary>Registers a holder with one certificate.</summary>
    internal async Task<RegisteredCertificate> RegisterAsync(
        byte[] der, string? contact = "王秀兰", Action<Subscriber>? subscriber = null, CertificateState state = CertificateState.Active, string profile = "default")
    {
        var facts = CertificateFacts.Read(der)!;
        await using var db = await DatabaseAsync();
        var holder = new Subscriber
        {
            Kind = SubscriberKind.Organisation,
            StableId = Guid.NewGuid().ToString("N"),
            DisplayName = facts.HolderName,
            ContactName = contact,
            IdentityProvedAt = Time.GetUtcNow().AddYears(-4),
            RegisteredAt = Time.GetUtcNow().AddYears(-4),
        };
        subscriber?.Invoke(holder);
        var record = new RegisteredCertificate
        {
            Sha256 = facts.Sha256,
            Der = der,
            IssuerId = await db.IssuerIdAsync(facts, CancellationToken.None),
            Serial = facts.Serial,
            SpkiSha256 = facts.SpkiSha256,
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            Subscriber = holder,
            Profile = profile,
            State = state,
            RevokedAt = state == CertificateState.Revoked ? DemoPki.Day("2026-06-02") : null,
        };
        db.Certificates.Add(record);
        await db.SaveChangesAsync();
        return record;
    }

    /// <summary>An approved authorisation; its signatures are the CA's affair, of which there is none here.</summary>
    /// <returns>Reference number and code.</returns>
    internal async Task<(string Reference, string Code)> AuthoriseAsync(string holder = "云泽市图书馆", Func<AuthorisationDocument, AuthorisationDocument>? change = null)
    {
        await using var db = await DatabaseAsync();
        var id = Guid.NewGuid().ToString("N");
        var subscriber = new Subscriber
        {
            Kind = SubscriberKind.Organisation,
            StableId = id,
            DisplayName = holder,
            ContactName = "赵敏",
            IdentityProvedAt = Time.GetUtcNow(),
            RegisteredAt = Time.GetUtcNow(),
        };
        var (reference, code) = (ReferenceNumber.New(), AuthorisationCode.New());
        var document = new AuthorisationDocument
        {
            Id = id,
            Reference = reference,
            SubscriberId = id,
            Subject = Subscriber.PlainSubject("CN", holder, id),
            Profile = "default",
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(Time.GetUtcNow().AddDays(14).ToUnixTimeSeconds()),
            CodeHash = AuthorisationCode.HashOf(code.ProofFor(reference)),
            Reason = "证书已到期 412 天",
        };
        document = change?.Invoke(document) ?? document;
        db.Authorisations.Add(new()
        {
            Reference = reference,
            Subscriber = subscriber,
            Document = document.Encode(),
            DocumentSha256 = document.Sha256(),
            CodeHash = document.CodeHash,
            Profile = document.Profile,
            ExpiresAt = document.ExpiresAt,
            State = AuthorisationState.Approved,
            Maker = "YZ-OP-1",
            MadeAt = Time.GetUtcNow(),
        });
        await db.SaveChangesAsync();
        return (reference, code.Reveal());
    }

    /// <summary>Registers the encryption certificate beside a holder's signing certificate, for the same days.</summary>
    internal async Task<RegisteredCertificate> RegisterHalfAsync(RegisteredCertificate signing)
    {
        var facts = CertificateFacts.Read(Pki.Issue(signing.Subscriber.DisplayName, signing.NotBefore, signing.NotAfter, encryption: true))!;
        await using var db = await DatabaseAsync();
        var half = new RegisteredCertificate
        {
            Sha256 = facts.Sha256,
            Der = facts.Der,
            IssuerId = signing.IssuerId,
            Serial = facts.Serial,
            SpkiSha256 = facts.SpkiSha256,
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            SubscriberId = signing.SubscriberId,
            Profile = signing.Profile,
            State = signing.State,
            PairOfId = signing.Id,
        };
        db.Certificates.Add(half);
        await db.SaveChangesAsync();
        return half;
    }

    /// <summary>A relying party, with its credential.</summary>
    public async Task<string> AddRelyingPartyAsync(string name) =>
        await Services.GetRequiredService<RelyingParties>().AddAsync(name, "test", CancellationToken.None) ?? throw new InvalidOperationException($"{name} is there already");

    /// <summary>A date until which a relying party, added if need be, needs the key of a certificate.</summary>
    internal async Task NeedAsync(RegisteredCertificate certificate, string system, string until, string reason, string? reference = null)
    {
        var parties = Services.GetRequiredService<RelyingParties>();
        await parties.AddAsync(system, "test", CancellationToken.None);
        await using var db = await DatabaseAsync();
        var party = await db.RelyingParties.SingleAsync(p => p.Name == system);
        await Services.GetRequiredService<RegisterNeed>().PutAsync(
            party, reference ?? Guid.NewGuid().ToString("N"), new(new(Sha256: Convert.ToHexString(certificate.Sha256)), DateOnly.Parse(until, System.Globalization.CultureInfo.InvariantCulture), reason),
            CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        Pki.Dispose();
        if (folder is not null)
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Tests of the portal say themselves what the CA did.</summary>
    private sealed class NoCa : ICaUpstream
    {
        public Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> message, CancellationToken cancel) => throw new CaUnreachableException("there is no CA in this test");

        public Task<IReadOnlyList<CaEvent>> EventsAsync(long after, int max, CancellationToken cancel) => Task.FromResult<IReadOnlyList<CaEvent>>([]);
    }
}
