using System.Security.Cryptography;
using Rekey.Agent.Bridge;
using Rekey.Agent.Modules;
using Rekey.Agent.Prompts;
using Rekey.Agent.Renewal;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Testing.Tokens;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.SystemTests.Tokens;

/// <summary>
/// One token with a certificate to renew, the agent's renewal in this process, a library that can be broken, and doubles of the service.
/// </summary>
internal sealed class RenewalRig : IAsyncDisposable
{
    private readonly IDisturbedKey token;
    private readonly TokenCertificates certificates;
    private readonly BridgeClient client;
    private readonly RenewCommand command;

    private RenewalRig(IDisturbedKey token, TokenCertificates certificates, byte[] old, BridgeDouble bridge, CmpDouble cmp, string suite, EncryptionHalfCommand? encryption)
    {
        this.token = token;
        this.certificates = certificates;
        OldCertificate = old;
        Bridge = bridge;
        Cmp = cmp;
        client = new(bridge.Origin, new BridgeLimits { FirstPause = TimeSpan.FromMilliseconds(10), GiveUp = TimeSpan.FromSeconds(10) }, TimeProvider.System, []);
        command = new(
            Convert.ToHexStringLower(SHA256.HashData(old)),
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            Convert.ToBase64String(Certificate.FromDer(old).Subject.Encoded.Span),
            suite,
            Retire: true,
            encryption);
    }

    /// <summary>In front of SoftHSM2; a software UKey is disturbed by its own control file.</summary>
    public FaultyLibrary Library => OnSoftHsm.Faults;

    public BridgeDouble Bridge { get; }

    public CmpDouble Cmp { get; }

    public byte[] OldCertificate { get; }

    public TypingPrompt Prompt { get; set; } = new();

    public SoftHsm SoftHsm => OnSoftHsm.SoftHsm;

    private DisturbedSoftHsm OnSoftHsm => token as DisturbedSoftHsm ?? throw new InvalidOperationException("this rig has a software UKey");

    public string RenewalId => command.RenewalId;

    /// <summary>A rig with a copy of a template token; making a token anew takes far longer.</summary>
    public static Task<RenewalRig> CopyAsync(RenewalTemplate template, string suite = "P-256") =>
        StartAsync(new DisturbedSoftHsm(template.SoftHsm.Copy()), template.Certificates, template.OldCertificate, suite);

    /// <summary>A rig with a software UKey; it stays the caller's.</summary>
    public static Task<RenewalRig> OnUKeyAsync(SoftUKey key, string device, TokenCertificates certificates, byte[] old, string suite, EncryptionHalfCommand? encryption = null) =>
        StartAsync(new DisturbedUKey(key, device, owns: false), certificates, old, suite, encryption);

    private static async Task<RenewalRig> StartAsync(IDisturbedKey token, TokenCertificates certificates, byte[] old, string suite, EncryptionHalfCommand? encryption = null)
    {
        var cmp = new CmpDouble(certificates.Pki);
        var bridge = await BridgeDouble.StartAsync(cmp);
        var rig = new RenewalRig(token, certificates, old, bridge, cmp, suite, encryption);
        await rig.client.AttachAsync(bridge.Ticket, "0.1.0", TimeProvider.System, CancellationToken.None);
        return rig;
    }

    /// <summary>One run of the agent: reads the tokens and renews. A token that was removed comes back when the agent has said so.</summary>
    /// <returns>Null when it came to its end.</returns>
    public async Task<Problem?> RunAsync(CancellationToken cancel)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var plugging = PlugInAgainAsync(watching.Token);
        try
        {
            using var tokens = new TokenSet([token.Agents()]);
            var pin = new PinDialog(Prompt, AgentTexts.In("en"), "RA", Bridge.Origin, e => client.PostAsync(e, cancel));
            var renewal = new RenewOnToken(client, tokens, pin, certificates.Pki.Trust, TimeProvider.System)
            {
                LookInterval = TimeSpan.FromMilliseconds(50),
                BusyPause = TimeSpan.FromMilliseconds(50),
            };
            await renewal.RunAsync(command, tokens.Survey(), cancel);
            return null;
        }
        catch (ProblemException e)
        {
            return e.Problem;
        }
        finally
        {
            await watching.CancelAsync();
            await plugging;
        }
    }

    /// <summary>Everything that is broken on the token now.</summary>
    public IReadOnlyList<string> Broken(bool finished) => OnToken(token => TokenInvariants.Broken(
        token, certificates.Pki.Trust, certificates.Pki.Now, [certificates.Pki.Issuing.Der], c => Cmp.IsConfirmed(c), OldCertificate, finished));

    /// <summary>What the token tells of renewals now.</summary>
    public IReadOnlyList<TokenRenewal> Journal() => OnToken(token => TokenJournal.Read(token.ListPairs()));

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await Bridge.DisposeAsync();
        token.Dispose();
    }

    /// <summary>Looks at the token.</summary>
    public T OnToken<T>(Func<IToken, T> look)
    {
        using var module = token.Looking();
        using var open = token.LogIn(module);
        return look(open);
    }

    private async Task PlugInAgainAsync(CancellationToken cancel)
    {
        var seen = Bridge.Events.OfType<RemovedEvent>().Count();
        while (!cancel.IsCancellationRequested)
        {
            if (Bridge.Events.OfType<RemovedEvent>().Count() > seen)
            {
                token.Heal();
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }
}

/// <summary>A token with a P-256 certificate to renew; made once and copied.</summary>
public sealed class RenewalTemplate : IDisposable
{
    public RenewalTemplate()
    {
        SoftHsm.AddToken("Yunze 1");
        using var module = SoftHsm.Module();
        using var token = SoftHsm.LogIn(module);
        OldCertificate = Certificates.Enrol(token, AlgorithmSuite.P256, [1, 2, 3, 4]).Certificate!;
    }

    public SoftHsm SoftHsm { get; } = new();

    public TokenCertificates Certificates { get; } = new();

    public byte[] OldCertificate { get; }

    public void Dispose() => SoftHsm.Dispose();
}
