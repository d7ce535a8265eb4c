using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Download;
using Rekey.Ra.Renewal;

namespace Rekey.Ra.Sessions;

/// <summary>Steps of the portal, as a holder counts them; reading the conditions comes before any session.</summary>
public enum PortalStep
{
    /// <summary>The agent is to be opened and consent to be given.</summary>
    Connect,

    /// <summary>A certificate is to be chosen.</summary>
    Choose,

    /// <summary>The chosen one is checked; the PIN window opens from here.</summary>
    Check,

    /// <summary>The renewal runs.</summary>
    Work,

    /// <summary>The new certificate is confirmed.</summary>
    Done,
}

/// <summary>How the PIN window stands.</summary>
internal enum PinWindow
{
    /// <summary>Not open.</summary>
    Closed,

    /// <summary>Open.</summary>
    Open,

    /// <summary>Open again after a wrong PIN.</summary>
    OpenAfterWrong,
}

/// <summary>Where a session stands: the fold of its events, and nothing else. Pure, so a page shows the same after any reload.</summary>
internal sealed record SessionProgress
{
    /// <summary>Sequence number of the last event.</summary>
    public int LastSeq { get; private init; }

    public DateTimeOffset LastAt { get; private init; }

    /// <summary>Start of the present run: the last launch. Durations that began before it are not shown.</summary>
    public DateTimeOffset RunStartedAt { get; private init; }

    public bool Attached { get; private init; }

    public bool ConsentAsked { get; private init; }

    public bool AgentLost { get; private init; }

    public bool Ended { get; private init; }

    /// <summary>What the agent last listed, in whatever run.</summary>
    public CertificatesEvent? Keys { get; private init; }

    /// <summary>The agent of this run has listed the certificates.</summary>
    public bool KeysRead { get; private init; }

    /// <summary>SHA-256 of the certificate chosen, lower-case hex.</summary>
    public string? Selected { get; private init; }

    /// <summary>Download: the token chosen.</summary>
    public TokenName? SelectedToken { get; private init; }

    /// <summary>The pre-flight's result; null while it runs.</summary>
    public IReadOnlyList<PreflightCheck>? Checks { get; private init; }

    /// <summary>Of renewal or download, lower-case hex; null before it was started.</summary>
    public string? RenewalId { get; private init; }

    public DateTimeOffset? StartedAt { get; private init; }

    public PinWindow Pin { get; private init; }

    /// <summary>What the token said after the last wrong PIN; null when it does not tell.</summary>
    public int? TriesLeft { get; private init; }

    /// <summary>When each agent step was first reported.</summary>
    public IReadOnlyDictionary<AgentStep, DateTimeOffset> AgentSteps { get; private init; } = new Dictionary<AgentStep, DateTimeOffset>();

    /// <summary>When the server saw each of its steps.</summary>
    public IReadOnlyDictionary<ServerStep, DateTimeOffset> ServerSteps { get; private init; } = new Dictionary<ServerStep, DateTimeOffset>();

    /// <summary>Serial number of the token that was pulled out and is waited for.</summary>
    public string? RemovedToken { get; private init; }

    public DateTimeOffset? RemovedAt { get; private init; }

    /// <summary>Another token that was plugged in instead.</summary>
    public TokenSummary? OtherToken { get; private init; }

    /// <summary>Why it stopped; null while it runs, and again after a relaunch.</summary>
    public Problem? Problem { get; private init; }

    /// <summary>SHA-256 of the new certificate once all is done, lower-case hex.</summary>
    public string? NewCertificate { get; private init; }

    public DateTimeOffset? DoneAt { get; private init; }

    /// <summary>The commit point is passed.</summary>
    public bool Confirmed => ServerSteps.ContainsKey(ServerStep.Confirmed);

    /// <summary>Something is happening on the token, or was when it stopped.</summary>
    public bool Working => AgentSteps.Count + ServerSteps.Count > 0;

    /// <summary>Nothing goes on until the holder does something: relaunch, or start again.</summary>
    public bool Stopped => Problem is not null || AgentLost || Ended;

    /// <summary>The step to show.</summary>
    public PortalStep Step =>
        NewCertificate is not null || (Confirmed && Stopped) ? PortalStep.Done
        : RenewalId is not null ? (Working ? PortalStep.Work : PortalStep.Check)
        : Selected is not null || SelectedToken is not null ? PortalStep.Check
        : Keys is not null ? PortalStep.Choose
        : PortalStep.Connect;

    /// <summary>The page to show: after a relaunch the agent comes first again, wherever the renewal stands.</summary>
    public PortalStep Page => Step == PortalStep.Done || Stopped || KeysRead ? Step : PortalStep.Connect;

    /// <summary>Folds events, from the session's first on.</summary>
    public static SessionProgress Of(IEnumerable<SequencedEvent> events) => events.Aggregate(new SessionProgress(), (p, e) => p.After(e));

    /// <summary>A certificate that the agent listed, and the token it is on; null when it is not among them.</summary>
    public (CertificateFacts Certificate, TokenSummary Token)? Find(string certSha256) =>
        Keys?.Certificates.FirstOrDefault(c => Sha256(c) == certSha256) is { } found
            && CertificateFacts.Read(Convert.FromBase64String(found.Der)) is { } facts
            ? (facts, Keys.Tokens[found.Token])
            : null;

    /// <summary>What a renewal of a listed certificate would rest on; null when it is not among them.</summary>
    public RenewalWish? Wish(string sessionId, string certSha256)
    {
        if (Find(certSha256) is not { } found)
        {
            return null;
        }

        var pending = Keys!.Resumable.Where(r => Keys.Tokens[r.Token] == found.Token).Select(r => r.RenewalId).ToList();
        var onToken = Keys.Certificates.Where(c => Keys.Tokens[c.Token] == found.Token).Select(Sha256).ToList();
        return new(sessionId, found.Certificate, found.Token, pending) { OnToken = onToken };
    }

    /// <summary>A token that the agent listed; null when it is not among them.</summary>
    public TokenSummary? FindToken(TokenName token) => Keys?.Tokens.FirstOrDefault(t => TokenName.Of(t) == token);

    /// <summary>What a download to a listed token would rest on; null when it is not among them, or the session is for none.</summary>
    public DownloadWish? DownloadWish(Session session, TokenName token)
    {
        if (session.AuthorisationId is not { } authorisation || FindToken(token) is not { } found)
        {
            return null;
        }

        var pending = Keys!.Resumable.Where(r => Keys.Tokens[r.Token] == found).Select(r => r.RenewalId).ToList();
        var onToken = Keys.Certificates.Where(c => Keys.Tokens[c.Token] == found).Select(c => System.Security.Cryptography.SHA256.HashData(Convert.FromBase64String(c.Der))).ToList();
        return new(session.Id, authorisation, found, pending, onToken);
    }

    internal static string Sha256(CertificateSummary summary) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Convert.FromBase64String(summary.Der)));

    private SessionProgress After(SequencedEvent e) => Apply(e) with { LastSeq = e.Seq, LastAt = e.At };

    private SessionProgress Apply(SequencedEvent e) => e.Event switch
    {
        CreatedEvent => this with { RunStartedAt = e.At },
        AttachedEvent => this with { Attached = true, AgentLost = false, Problem = null },
        RelaunchedEvent => (NewCertificate is null ? this : Fresh()) with
        {
            RunStartedAt = e.At,
            KeysRead = false,
            Attached = false,
            ConsentAsked = false,
            AgentLost = false,
            Problem = null,
            Pin = PinWindow.Closed,
            RemovedToken = null,
            RemovedAt = null,
            OtherToken = null,
            Ended = false,
        },
        ConsentAskedEvent => this with { ConsentAsked = true },
        CertificatesEvent keys => this with { Keys = keys, KeysRead = true, ConsentAsked = false, Checks = null, Selected = StillThere(keys), SelectedToken = TokenStillThere(keys) },
        TokenSelectedEvent selected => Fresh() with { SelectedToken = selected.Token, Problem = null },
        SelectedEvent selected => Fresh() with { Selected = selected.CertSha256, Problem = null },
        ReadyEvent ready => this with { Checks = ready.Checks },
        StartedEvent started when started.RenewalId == RenewalId => this with { Problem = null, Pin = PinWindow.Closed },
        StartedEvent started => this with
        {
            RenewalId = started.RenewalId,
            StartedAt = e.At,
            Problem = null,
            Pin = PinWindow.Closed,
            TriesLeft = null,
        },
        PinAskedEvent => this with { Pin = Pin == PinWindow.OpenAfterWrong ? Pin : PinWindow.Open, RemovedToken = null, OtherToken = null },
        PinWrongEvent wrong => this with { Pin = PinWindow.OpenAfterWrong, TriesLeft = wrong.TriesLeft },
        AgentStepEvent step => this with
        {
            AgentSteps = With(AgentSteps, step.Step, e.At),
            Pin = PinWindow.Closed,
            RemovedToken = null,
            RemovedAt = null,
            OtherToken = null,
        },
        ServerStepEvent step => this with { ServerSteps = With(ServerSteps, step.Step, e.At) },
        RemovedEvent removed => this with { RemovedToken = removed.SerialNumber, RemovedAt = e.At, OtherToken = null, Pin = PinWindow.Closed },
        InsertedEvent inserted when RemovedToken is null || inserted.Token.SerialNumber == RemovedToken =>
            this with { RemovedToken = null, RemovedAt = null, OtherToken = null },
        InsertedEvent inserted => this with { OtherToken = inserted.Token },
        FailedEvent failed => this with { Problem = failed.Problem.ToProblem(), Attached = false, Pin = PinWindow.Closed },
        AgentLostEvent => this with { AgentLost = true, Attached = false },
        DoneEvent done => this with { NewCertificate = done.CertSha256, DoneAt = e.At, Attached = false },
        EndedEvent => this with { Ended = true, Attached = false },
        _ => this,
    };

    // Another certificate, or another round: nothing of the renewal before counts.
    private SessionProgress Fresh() => this with
    {
        Selected = null,
        SelectedToken = null,
        Checks = null,
        RenewalId = null,
        StartedAt = null,
        NewCertificate = null,
        DoneAt = null,
        TriesLeft = null,
        AgentSteps = new Dictionary<AgentStep, DateTimeOffset>(),
        ServerSteps = new Dictionary<ServerStep, DateTimeOffset>(),
    };

    // A renewal under way keeps its certificate, whatever is plugged in; a mere choice does not.
    private string? StillThere(CertificatesEvent keys) =>
        RenewalId is not null || keys.Certificates.Any(c => Sha256(c) == Selected) ? Selected : null;

    private TokenName? TokenStillThere(CertificatesEvent keys) =>
        RenewalId is not null || keys.Tokens.Any(t => TokenName.Of(t) == SelectedToken) ? SelectedToken : null;

    private static Dictionary<TKey, DateTimeOffset> With<TKey>(IReadOnlyDictionary<TKey, DateTimeOffset> steps, TKey step, DateTimeOffset at)
        where TKey : notnull
    {
        var copy = new Dictionary<TKey, DateTimeOffset>(steps);
        copy.TryAdd(step, at);
        return copy;
    }
}
