using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Store;
using Rekey.Testing.Institutions;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Journal;

namespace Rekey.Testing.Faults;

/// <summary>
/// One holder of a <see cref="FaultSite"/>, with a certificate to renew or an authorisation to download one: a token of their own behind a library that can be broken, a page, and a network of their own to
/// the portal. The agent is the real one, in this process (its modules are in others, as always) or as a program.
/// </summary>
internal sealed class HolderRig : IAsyncDisposable
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(120);

    private readonly FaultSite site;
    private readonly byte[]? oldEncryption;
    private readonly CreateDownload? codes;
    private byte[]? old;
    private readonly HostedModule looking; // beside the agent's own; it sees what that one writes
    private ScriptedPage page;

    private HolderRig(FaultSite site, IDisturbedKey key, HostedModule looking, FaultyProxy network, string holder, byte[]? old, byte[]? oldHalf, CreateDownload? codes)
    {
        oldEncryption = oldHalf;
        this.old = old;
        this.codes = codes;
        this.site = site;
        this.looking = looking;
        Key = key;
        Network = network;
        Holder = holder;
        page = codes is null ? PageOf(OldCertificate) : new(site.Institution.Plan.Portal, null, codes);
        Network.Reported = e =>
        {
            if (e is RemovedEvent)
            {
                Key.Heal(); // the holder plugs it in again when told
            }
        };
    }

    /// <summary>Between agent and portal.</summary>
    public FaultyProxy Network { get; }

    /// <summary>The holder's key.</summary>
    public IDisturbedKey Key { get; }

    /// <summary>The holder's stable identifier.</summary>
    public string Holder { get; }

    public byte[] OldCertificate => old ?? throw new InvalidOperationException("a download replaces no certificate");

    /// <summary>Whether this holder downloads.</summary>
    public bool Downloads => codes is not null;

    public TypingPrompt Prompt { get; set; } = new();

    /// <summary>How long the agent tries to reach the portal.</summary>
    public TimeSpan GiveUp { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A new holder with a certificate to renew.</summary>
    public static async Task<HolderRig> EnrolAsync(FaultSite site, int expiresInDays = 30)
    {
        var holder = site.NextHolder();
        var own = site.Template.Copy();
        var plan = new TokenPlan(HolderTemplate.Label, $"云泽市第{holder}分馆", holder, expiresInDays, site.Template.Suite);
        var certificate = await site.Institution.CertifyAsync(site.Services, site.Template.Spki, plan);
        var half = site.Template.EncryptionSpki is { } spki ? await site.Institution.CertifyHalfAsync(site.Services, spki, plan, certificate) : null;
        var looking = own.Looking();
        using (var token = own.LogIn(looking))
        {
            token.WriteCertificate(HolderTemplate.Id, HolderTemplate.Label, certificate);
            if (half is not null)
            {
                token.WriteCertificate(site.Template.EncryptionId, HolderTemplate.Label, half);
            }
        }

        return new(site, own, looking, await FaultyProxy.StartAsync(site.Institution.Plan.Portal), holder, certificate, half, null);
    }

    /// <summary>A new holder with a blank key and the codes for a certificate, or a pair where the site's holders have pairs.</summary>
    public static async Task<HolderRig> AuthoriseAsync(FaultSite site)
    {
        var holder = site.NextHolder();
        var own = await site.Template.BlankAsync();
        var codes = await site.AuthoriseAsync(holder, $"云泽市第{holder}分馆");
        return new(site, own, own.Looking(), await FaultyProxy.StartAsync(site.Institution.Plan.Portal), holder, null, null, codes);
    }

    /// <summary>One visit with the agent in this process.</summary>
    /// <returns>Null when the renewal came to its end; else what the holder is told.</returns>
    public async Task<Problem?> RunAsync(CancellationToken cancel)
    {
        using var run = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        run.CancelAfter(RunLimit);
        if (await page.LaunchAsync(run.Token) is not { } ticket)
        {
            return page.Refusal;
        }

        using var driving = CancellationTokenSource.CreateLinkedTokenSource(run.Token);
        var holder = page.DriveAsync(driving.Token);
        var told = await VisitAsync(ticket, run.Token);
        await driving.CancelAsync();
        await holder;
        await site.AliveAsync();
        return run.IsCancellationRequested ? throw new TimeoutException($"a run of {Holder} did not end") : await OutcomeAsync(told);
    }

    /// <summary>One visit with the agent as a program of its own.</summary>
    /// <param name="started">Gets the process, for who wants to kill it.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public async Task<Problem?> RunProgramAsync(Action<System.Diagnostics.Process> started, CancellationToken cancel)
    {
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = new AgentProcess(Key.Library, Key.Environment, pinentry, await File.ReadAllTextAsync(site.Institution.RootFile, cancel), Network.Origin);
        using var driving = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (await page.LaunchAsync(cancel) is not { } ticket)
        {
            return page.Refusal;
        }

        var holder = page.DriveAsync(driving.Token);
        var process = agent.Launch(new LaunchAddress(Network.Origin, ticket).ToString());
        started(process);
        var (exitCode, _, errors) = await AgentProcess.EndAsync(process);
        await driving.CancelAsync();
        await holder;
        await site.AliveAsync();
        return await OutcomeAsync(exitCode == 0 ? null : Problems.Internal($"agent {exitCode} {errors}"));
    }

    /// <summary>One visit with the agent as a program that is killed at a message.</summary>
    /// <param name="at">Number of the message.</param>
    /// <param name="handled">After it was handled, or before it is delivered.</param>
    /// <param name="cancel">Ends the waiting.</param>
    public Task<Problem?> RunKilledAsync(int at, bool handled, CancellationToken cancel)
    {
        System.Diagnostics.Process? agent = null;
        var before = Network.Faults.At;
        Network.Faults.At = async (number, name, done) =>
        {
            await (before?.Invoke(number, name, done) ?? Task.CompletedTask);
            if (number == at && done == handled)
            {
                agent!.Kill();
                throw new MessageLostException();
            }
        };
        return RunProgramAsync(process => agent = process, cancel);
    }

    /// <summary>Turns to the certificate that the last renewal brought: what is renewed next.</summary>
    public void TurnToNew()
    {
        old = OnToken(token => token.ListPairs().Single(p => p.Use == PairUse.Signing && RenewalKeyId.TryRead(p.Id)?.Replaces(OldCertificate) == true).Certificate!);
        page.Dispose();
        page = PageOf(old);
    }

    /// <summary>Looks at the token, logged in.</summary>
    public T OnToken<T>(Func<IToken, T> look)
    {
        using var token = Key.LogIn(looking);
        return look(token);
    }

    /// <summary>Goes on in another browser, as on another computer.</summary>
    public void ChangeComputer() => page.Forget();

    /// <summary>Whether the RA has this holder's authorisation as spent.</summary>
    public async Task<bool> IsSpentAsync()
    {
        await using var db = await site.Services.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContextAsync();
        return await db.Authorisations.AnyAsync(a => a.Subscriber.StableId == Holder && a.SpentAt != null);
    }

    /// <summary>Everything that is broken now: on the token, in the stores, and between them.</summary>
    /// <param name="finished">Whether the renewal must have come to its end.</param>
    public async Task<IReadOnlyList<string>> BrokenAsync(bool finished)
    {
        var view = site.View();
        using var token = Key.LogIn(looking);
        var pairs = token.ListPairs();
        var confirmed = new Dictionary<string, bool>();
        foreach (var der in pairs.Select(p => p.Certificate).OfType<byte[]>())
        {
            confirmed[Convert.ToHexString(der)] = await site.WasConfirmedAsync(der);
        }

        byte[][] helpers = [view.Issuing.Encoded.ToArray()];
        var onToken = Downloads
            ? TokenInvariants.BrokenDownload(token, site.Trust, site.Time.GetUtcNow(), helpers, c => confirmed.GetValueOrDefault(Convert.ToHexString(c)), finished, site.Template.EncryptionSpki is not null)
            : TokenInvariants.Broken(
                token, site.Trust, site.Time.GetUtcNow(), helpers, c => confirmed.GetValueOrDefault(Convert.ToHexString(c)), OldCertificate, finished, oldEncryption);
        return [.. onToken, .. await StoreInvariants.BrokenAsync(view, Holder), .. await StoreInvariants.OrphansAsync(view, pairs)];
    }

    public async ValueTask DisposeAsync()
    {
        page.Dispose();
        await Network.DisposeAsync();
        looking.Dispose();
        Key.Dispose();
    }

    private ScriptedPage PageOf(byte[] certificate) => new(site.Institution.Plan.Portal, Convert.ToHexStringLower(SHA256.HashData(certificate)), null);

    private async Task<Problem?> VisitAsync(string ticket, CancellationToken cancel)
    {
        // As long as the server may take to come back, not as long as a person waits.
        var limits = new BridgeLimits { FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(200), GiveUp = GiveUp };
        using var client = new BridgeClient(Network.Origin, limits, TimeProvider.System, []);
        using var tokens = new TokenSet([Key.Agents()]);
        var visit = new Visit(client, tokens, _ => Prompt, site.Trust, site.Time)
        {
            Reinsertion = TimeSpan.FromMilliseconds(50),
            BusyPause = TimeSpan.FromMilliseconds(50),
        };
        try
        {
            return await visit.RunAsync(ticket, cancel);
        }
        catch (ProblemException e)
        {
            return e.Problem;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return Problems.AgentLost();
        }
    }

    // That all is done is the server's word; without it the holder sees what the agent or the page said.
    private async Task<Problem?> OutcomeAsync(Problem? told)
    {
        if (page.Refusal is { } refusal)
        {
            return refusal;
        }

        var progress = await page.ProgressAsync();
        for (var looks = 0; told is null && progress is { NewCertificate: null, Problem: null, Ended: false } && looks < 100; looks++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50)); // the RA may hear of the confirmation a moment later
            progress = await page.ProgressAsync();
        }

        return progress.NewCertificate is not null ? null : told ?? progress.Problem ?? Problems.AgentLost();
    }
}
