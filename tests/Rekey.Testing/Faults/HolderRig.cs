using System.Security.Cryptography;
using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Testing.Institutions;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Host;
using Rekey.Tokens.Journal;

namespace Rekey.Testing.Faults;

/// <summary>
/// One holder of a <see cref="FaultSite"/>: a token of their own behind a library that can be broken, a page, and a network of their own to
/// the portal. The agent is the real one, in this process (its modules are in others, as always) or as a program.
/// </summary>
internal sealed class HolderRig : IAsyncDisposable
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(120);

    private readonly FaultSite site;
    private readonly byte[]? oldEncryption;
    private readonly HostedModule looking; // beside the agent's own; it sees what that one writes
    private ScriptedPage page;

    private HolderRig(FaultSite site, IDisturbedKey key, HostedModule looking, FaultyProxy network, string holder, byte[] old, byte[]? oldHalf)
    {
        oldEncryption = oldHalf;
        this.site = site;
        this.looking = looking;
        Key = key;
        Network = network;
        Holder = holder;
        OldCertificate = old;
        page = new(site.Institution.Plan.Portal, Convert.ToHexStringLower(SHA256.HashData(old)));
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

    public byte[] OldCertificate { get; private set; }

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

        return new(site, own, looking, await FaultyProxy.StartAsync(site.Institution.Plan.Portal), holder, certificate, half);
    }

    /// <summary>One visit with the agent in this process.</summary>
    /// <returns>Null when the renewal came to its end; else what the holder is told.</returns>
    public async Task<Problem?> RunAsync(CancellationToken cancel)
    {
        using var run = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        run.CancelAfter(RunLimit);
        var ticket = await page.LaunchAsync(run.Token);
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
        var ticket = await page.LaunchAsync(cancel);
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
        OldCertificate = OnToken(token => token.ListPairs().Single(p => p.Use == PairUse.Signing && RenewalKeyId.TryRead(p.Id)?.Replaces(OldCertificate) == true).Certificate!);
        page.Dispose();
        page = new(site.Institution.Plan.Portal, Convert.ToHexStringLower(SHA256.HashData(OldCertificate)));
    }

    /// <summary>Looks at the token, logged in.</summary>
    public T OnToken<T>(Func<IToken, T> look)
    {
        using var token = Key.LogIn(looking);
        return look(token);
    }

    /// <summary>Goes on in another browser, as on another computer.</summary>
    public void ChangeComputer() => page.Forget();

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

        var onToken = TokenInvariants.Broken(
            token, site.Trust, site.Time.GetUtcNow(), [view.Issuing.Encoded.ToArray()],
            c => confirmed.GetValueOrDefault(Convert.ToHexString(c)), OldCertificate, finished, oldEncryption);
        return [.. onToken, .. await StoreInvariants.BrokenAsync(view, Holder), .. await StoreInvariants.OrphansAsync(view, pairs)];
    }

    public async ValueTask DisposeAsync()
    {
        page.Dispose();
        await Network.DisposeAsync();
        looking.Dispose();
        Key.Dispose();
    }

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
