using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rekey.Ca.Certificates;
using Rekey.Ca.Issuance;
using Rekey.Ca.Revocation;
using Rekey.Ca.Store;
using Rekey.Contract.Bridge;
using Rekey.Contract.Upstream;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Store;
using Rekey.Server.Serving;
using Rekey.Server.Settings;
using Rekey.Testing.Institutions;
using Rekey.Testing.Tokens;

namespace Rekey.Testing.Faults;

/// <summary>
/// A whole institution, its server in this process, with a clock that can be moved, faults between RA and CA, and a server that can die
/// at any write and be started again on the same stores.
/// </summary>
internal sealed class FaultSite : IAsyncDisposable
{
    private readonly ServerSettings settings;
    private readonly SemaphoreSlim restarting = new(1);
    private readonly bool asProcess;
    private WebApplication app = null!;
    private ServerProcess? process;
    private Task restart = Task.CompletedTask;
    private readonly SemaphoreSlim authorising = new(1);
    private Authorised? authorised;
    private int holders;

    private FaultSite(Institution institution, ServerSettings settings, MovableTime time, HolderTemplate template, bool asProcess)
    {
        this.asProcess = asProcess;
        Institution = institution;
        this.settings = settings;
        Time = time;
        Template = template;
        Trust = CmpTrust.FromPem(File.ReadAllText(institution.RootFile));
        Since = time.GetUtcNow();
        Database.Died = () => restart = Task.Run(RestartAsync);
    }

    public Institution Institution { get; }

    public MovableTime Time { get; }

    /// <summary>What happens to messages from RA to CA.</summary>
    public MessageFaults Upstream { get; } = new();

    /// <summary>When the server dies.</summary>
    public DatabaseFaults Database { get; } = new();

    /// <summary>The token that holders get copies of.</summary>
    public HolderTemplate Template { get; }

    public CmpTrust Trust { get; }

    /// <summary>When the institution was made: whatever is older was arranged.</summary>
    public DateTimeOffset Since { get; }

    public IServiceProvider Services => app.Services;

    /// <summary>Memory is as good as a disk here: processes die, not machines.</summary>
    public static string WorkDirectory => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    /// <param name="suite">Suite of the holders' old and new keys.</param>
    /// <param name="asProcess">Run a real <c>rekey serve all</c>, which <see cref="Kill"/> kills; faults inside the server and a clock that moves then do not exist.</param>
    /// <param name="encryption">Suite of the holders' encryption halves; null: certificates alone.</param>
    /// <param name="skf">Holders have software UKeys; else SoftHSM2 tokens.</param>
    /// <param name="profiles">Changes the text of the profile file; null: as a new CA has it.</param>
    public static async Task<FaultSite> StartAsync(
        AlgorithmSuite? suite = null, bool asProcess = false, AlgorithmSuite? encryption = null, bool skf = false, Func<string, string>? profiles = null)
    {
        var keys = suite ?? AlgorithmSuite.P256;
        var time = new MovableTime();
        var plan = new InstitutionPlan
        {
            Directory = Path.Combine(WorkDirectory, $"rekey-faults-{Guid.NewGuid():N}"),
            Portal = new($"http://localhost:{Ports.Free()}"),
            Publisher = new($"http://localhost:{Ports.Free()}"),
            CaSuite = AlgorithmSuite.P256,
            NewKeys = keys,
            EncryptionKeys = encryption,
            Time = time,
            Profiles = yaml => Authorised.ByHoldersThemselves((profiles ?? (y => y))(yaml)),
        };
        var institution = await Institution.CreateAsync(plan, SoftHsm.Host);
        var settings = ServerSettings.Load(plan.Directory);
        // All holders live at one address here.
        settings = settings with
        {
            Ra = settings.Ra with
            {
                Sessions = settings.Ra.Sessions with { CreatesPerMinute = 1_000_000, AttachesPerMinute = 1_000_000 },
                Authorisations = settings.Ra.Authorisations with { TriesPerMinute = 10_000 },
            },
        };
        var site = new FaultSite(institution, settings, time, await HolderTemplate.MakeAsync(keys, encryption, skf), asProcess);
        await site.StartServerAsync();
        return site;
    }

    /// <summary>A number that no holder here has had.</summary>
    public string NextHolder() => string.Create(CultureInfo.InvariantCulture, $"YZ{Interlocked.Increment(ref holders):D8}");

    /// <summary>An approved authorisation for a new holder.</summary>
    public async Task<CreateDownload> AuthoriseAsync(string holder, string name, Func<AuthorisationWish, AuthorisationWish>? change = null)
    {
        await authorising.WaitAsync();
        try
        {
            authorised ??= await Authorised.EnrolAsync(Institution, Services, Time);
        }
        finally
        {
            authorising.Release();
        }

        return await authorised.MakeAsync(Services, holder, name, change);
    }

    /// <summary>Waits until a server that died runs again.</summary>
    public Task AliveAsync() => restart;

    /// <summary>Kills the server's process (SIGKILL); another one starts on the same stores.</summary>
    public void Kill() => restart = Task.Run(async () =>
    {
        await process!.KillAsync();
        await process.StartAgainAsync();
    });

    /// <summary>Ends the server at once and starts another on the same stores.</summary>
    public async Task RestartAsync()
    {
        await restarting.WaitAsync();
        try
        {
            await EndServerAsync();
            Database.Revive();
            await StartServerAsync();
        }
        finally
        {
            restarting.Release();
        }
    }

    /// <summary>Revokes, holds or resumes a certificate and its chain, as an operator does.</summary>
    public Task ChangeStatusAsync(byte[] certificate, StatusAction action) => Services.GetRequiredService<ChangeStatus>().RunAsync(
        new(System.Security.Cryptography.SHA256.HashData(certificate), action, "operator:test") { Reason = RevocationReason.KeyCompromise }, CancellationToken.None);

    /// <summary>How the CA's record of a certificate stands; null when it has none.</summary>
    public async Task<CertificateState?> StateAsync(byte[] certificate)
    {
        var sha256 = System.Security.Cryptography.SHA256.HashData(certificate);
        await using var db = await Services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync();
        return await db.Certificates.Where(c => c.Sha256 == sha256).Select(c => (CertificateState?)c.State).SingleOrDefaultAsync();
    }

    /// <summary>Whether the CA has confirmed a certificate, whatever has become of it since: a revocation takes the whole chain, and is no damage.</summary>
    public async Task<bool> WasConfirmedAsync(byte[] certificate)
    {
        var sha256 = System.Security.Cryptography.SHA256.HashData(certificate);
        await using var db = await Services.GetRequiredService<IDbContextFactory<CaDbContext>>().CreateDbContextAsync();
        return await db.Certificates.AnyAsync(c => c.Sha256 == sha256 && c.ConfirmedAt != null);
    }

    /// <summary>The stores, for the checkers.</summary>
    public StoreView View()
    {
        var view = StoreView.Of(Services, Institution.Plan.Publisher, Time, Since);
        return asProcess ? view with { Follow = null } : view; // the process follows by itself or not at all
    }

    public async ValueTask DisposeAsync()
    {
        await restart;
        await EndServerAsync();
        Institution.Tokens.Dispose();
        Template.Dispose();
        restarting.Dispose();
        authorising.Dispose();
        Directory.Delete(Institution.Directory, recursive: true);
    }

    private async Task StartServerAsync()
    {
        app = ServerHost.BuildAll(settings, Time, AddFaults);
        if (asProcess)
        {
            process = await ServerProcess.StartAsync("all", Institution.Directory); // what was built here only looks at the stores
        }
        else
        {
            await app.StartAsync();
        }
    }

    private async Task EndServerAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        await app.StopAsync(new CancellationToken(true));
        await app.DisposeAsync();
    }

    private void AddFaults(IServiceCollection services)
    {
        services.AddLogging(l => l.ClearProviders());
        services.AddSingleton<IStartupFilter>(Database);
        services.AddSingleton<InProcessUpstream>();
        services.AddSingleton<ICaUpstream>(p => new FaultyUpstream(p.GetRequiredService<InProcessUpstream>(), Upstream));
        services.ConfigureDbContext<CaSqliteDbContext>(b => b.AddInterceptors(Database.Commands, Database.Transactions));
        services.ConfigureDbContext<RaSqliteDbContext>(b => b.AddInterceptors(Database.Commands, Database.Transactions));
    }
}

/// <summary>A token with key pairs and no certificate: made once and copied, because making one takes far longer.</summary>
internal sealed class HolderTemplate : IDisposable
{
    public const string Label = "Yunze 1";

    private readonly SoftHsm? softHsm;
    private readonly SoftUKey? uKey;
    private readonly Lazy<Task<HolderTemplate>> blank;

    private HolderTemplate(SoftHsm? softHsm, SoftUKey? uKey, AlgorithmSuite suite)
    {
        (this.softHsm, this.uKey) = (softHsm, uKey);
        Suite = suite;
        blank = new(() => FormattedAsync(suite, uKey is not null));
    }

    public static byte[] Id => [1, 2, 3, 4];

    public AlgorithmSuite Suite { get; }

    public byte[] Spki { get; private set; } = [];

    /// <summary>Id of the encryption half; on a UKey what stands for the same container.</summary>
    public byte[] EncryptionId => uKey is null ? [5, 6, 7, 8] : [.. Id, 0];

    /// <summary>The encryption half's key; null for certificates alone.</summary>
    public byte[]? EncryptionSpki { get; private set; }

    /// <param name="suite">Suite of the signing pair.</param>
    /// <param name="encryption">Suite of the encryption half; null for none.</param>
    /// <param name="skf">A software UKey; else SoftHSM2.</param>
    public static async Task<HolderTemplate> MakeAsync(AlgorithmSuite suite, AlgorithmSuite? encryption, bool skf)
    {
        var template = await FormattedAsync(suite, skf);
        using var module = template.uKey?.Module() ?? template.softHsm!.Module();
        using var token = skf ? SoftUKey.LogIn(module) : SoftHsm.LogIn(module);
        template.Spki = token.GenerateSigningPair(Id, Label, suite).Spki!;
        if (encryption is not null)
        {
            using var key = SoftwareSigningKey.Generate(encryption);
            token.ImportEncryptionKey(template.EncryptionId, Label, EncryptionPairs.Envelope(key, token.BeginImport(Id), template.Spki), key.PublicKey.Spki.Span);
            template.EncryptionSpki = key.PublicKey.Spki.ToArray();
        }

        return template;
    }

    /// <summary>A holder's own with nothing on it: formatted, its PIN set.</summary>
    public async Task<IDisturbedKey> BlankAsync() => (await blank.Value).Copy();

    /// <summary>A holder's own.</summary>
    public IDisturbedKey Copy() => uKey is null ? new DisturbedSoftHsm(softHsm!.Copy()) : new DisturbedUKey(uKey.Copy(), Label);

    public void Dispose()
    {
        softHsm?.Dispose();
        uKey?.Dispose();
        if (blank is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            blank.Value.Result.Dispose();
        }
    }

    private static async Task<HolderTemplate> FormattedAsync(AlgorithmSuite suite, bool skf)
    {
        if (skf)
        {
            var uKey = new SoftUKey();
            await uKey.AddTokenAsync(Label);
            return new(null, uKey, suite);
        }

        var softHsm = new SoftHsm();
        softHsm.AddToken(Label);
        return new(softHsm, null, suite);
    }
}
