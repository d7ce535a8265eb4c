using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ca.Store;
using Rekey.Contract.Download;
using Rekey.Contract.Problems;
using Rekey.Contract.Upstream;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Documents;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Cmp;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Testing.Faults;
using Rekey.Testing.Institutions;
using Rekey.Testing.Pki;

namespace Rekey.SystemTests.Authorisations;

/// <summary>An institution whose certificates need an authorisation, with three who may give one, and their keys.</summary>
public class AuthorisationSite : IAsyncLifetime
{
    public const string Maker = "YZ-OP-1";
    public const string Checker = "YZ-OP-2";
    public const string Third = "YZ-OP-3";

    private readonly Dictionary<string, TestPki.Entity> people = [];
    private StoppedInstitution site = null!;
    private WebApplication app = null!;
    private int holders;

    internal MovableTime Time { get; } = new();

    public IServiceProvider Services => app.Services;

    public string Directory => site.Directory;

    internal MakeAuthorisation Make => Services.GetRequiredService<MakeAuthorisation>();

    internal DecideAuthorisation Decide => Services.GetRequiredService<DecideAuthorisation>();

    internal OpenAuthorisation Open => Services.GetRequiredService<OpenAuthorisation>();

    protected virtual bool Postgres => false;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        site = await StoppedInstitution.CreateAsync(p => p with { Postgres = Postgres });
        var profiles = Path.Combine(site.Directory, "ca", "profiles.yaml");
        var text = await File.ReadAllTextAsync(profiles);
        await File.WriteAllTextAsync(profiles, text.Replace("  organisation-signing:\n", "  organisation-signing:\n    authorisedBy: [organisation-signing]\n", StringComparison.Ordinal));
        app = ServerHost.BuildAll(ServerSettings.Load(site.Directory), Time);
        await app.StartAsync();
        foreach (var person in (string[])[Maker, Checker, Third])
        {
            people[person] = await site.Institution.EnrolSoftwareAsync(Services, new("", person, person, 700, Pki.Algorithms.AlgorithmSuite.P256));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        site.Dispose();
        GC.SuppressFinalize(this);
    }

    internal Task<RaDbContext> RaAsync() => Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync(Cancel);

    internal Task<CaDbContext> CaAsync() => Services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync(Cancel);

    /// <summary>A registered subscriber without any certificate.</summary>
    public async Task<string> HolderAsync()
    {
        var id = $"YZ-{Interlocked.Increment(ref holders)}";
        await using var ra = await RaAsync();
        ra.Subscribers.Add(new() { StableId = id, DisplayName = $"云泽市图书馆 {id}", RegisteredAt = Time.GetUtcNow(), Kind = SubscriberKind.Organisation, Subject = Subscriber.PlainSubject("CN", $"云泽市图书馆 {id}", id) });
        await ra.SaveChangesAsync(Cancel);
        return id;
    }

    /// <summary>A person as her session at the console shows her.</summary>
    internal static SignedInOperator By(string person, OperatorDuties duties = OperatorDuties.CardMaking | OperatorDuties.Review, string scope = "all") =>
        new(0, person, person, OperatorRole.Operator, duties, OperatorScope.Parse(scope));

    internal byte[] Sign(string person, byte[] document) =>
        DocumentSignature.Create(document, Certificate.FromDer(people[person].Der), people[person].Key, Time.GetUtcNow());

    internal byte[] CertificateOf(string person) => people[person].Der;

    internal async Task<MadeAuthorisation> MadeAsync(string? holder = null, string maker = Maker, int? days = null) =>
        await Make.MakeAsync(new(holder ?? await HolderAsync(), InstitutionPlan.Profile, "证书已到期 412 天") { Days = days }, By(maker), Cancel);

    internal async Task<MadeAuthorisation> WaitingAsync(string? holder = null)
    {
        var made = await MadeAsync(holder);
        await Decide.SignAsync(made.Id, By(Maker), Sign(Maker, made.Document), Cancel);
        return made;
    }

    internal async Task<MadeAuthorisation> ApprovedAsync(string? holder = null)
    {
        var made = await WaitingAsync(holder);
        await Decide.ApproveAsync(made.Id, By(Checker), Sign(Checker, made.Document), Cancel);
        return made;
    }

    internal async Task<AuthorisationEvidence> EvidenceAsync(string? holder = null)
    {
        var made = await ApprovedAsync(holder);
        var (authorisation, proof) = await Open.OpenAsync(made.Reference, made.Code, Cancel);
        return authorisation.Evidence(proof);
    }

    /// <summary>What the CA answers to a holder's message that the RA passes on, with this evidence.</summary>
    internal async Task<CmpMessage> AskCaAsync(byte[] message, AuthorisationEvidence? evidence, Func<RaStatement, RaStatement>? change = null)
    {
        var identity = Services.GetRequiredService<RaIdentity>();
        var document = evidence is null ? null : TryParse(evidence.Document);
        var statement = new RaStatement(
            [], document?.SubscriberId ?? "YZ-NONE", InstitutionPlan.Profile,
            document?.Subject ?? Subscriber.PlainSubject("CN", "云泽市", "YZ-NONE"), Time.GetUtcNow(), IdentityVerifiedByMac: true)
        { Authorisation = evidence };
        var nested = CmpNesting.Wrap(CmpMessage.Parse(message), change?.Invoke(statement) ?? statement, identity.CaName, identity.Signer, Time.GetUtcNow());
        return CmpMessage.Parse(await Services.GetRequiredService<ICaUpstream>().ExchangeAsync(nested, Cancel));
    }

    private static AuthorisationDocument? TryParse(byte[] document)
    {
        try
        {
            return AuthorisationDocument.Parse(document);
        }
        catch (MalformedException)
        {
            return null;
        }
    }

    internal static int Refused(ProblemException e) => e.Problem.Number;
}

public sealed class PostgresAuthorisationSite : AuthorisationSite
{
    protected override bool Postgres => true;
}
