using System.Text.Json.Serialization;

namespace Rekey.Contract.Bridge;

/// <summary>What a page and an agent met for.</summary>
public enum SessionPurpose
{
    /// <summary>Renew a certificate.</summary>
    Renew,

    /// <summary>Download what an authorisation allows; its commands are <see cref="DownloadPreflightCommand"/> and <see cref="DownloadCommand"/>.</summary>
    Download,

    /// <summary>Log in to a site; its messages are those of <see cref="LoginJson"/>.</summary>
    Login,

    /// <summary>Sign a document for a site; its messages are those of <see cref="LoginJson"/>.</summary>
    Sign,
}

/// <summary>Body of <c>POST /CaUpdate/api/v1/sessions</c>.</summary>
/// <param name="Purpose">What the session is for.</param>
/// <param name="ReturnTo">Where to go back to at the end; must be on the allow-list.</param>
public sealed record CreateSession(SessionPurpose Purpose, string? ReturnTo = null);

/// <summary>A session or a relaunch, as its page needs it.</summary>
/// <param name="SessionId">Public identifier, base64url.</param>
/// <param name="LaunchUri">The <see cref="LaunchAddress"/>.</param>
/// <param name="CheckCode">Six digits, shown in page and agent window.</param>
/// <param name="LookupCode">Two letters and four digits that the holder reads to the helpdesk.</param>
/// <param name="ExpiresIn">Seconds until the ticket runs out.</param>
public sealed record SessionCreated(string SessionId, string LaunchUri, string CheckCode, string LookupCode, int ExpiresIn);

/// <summary>Body of <c>POST …/{id}/select</c>.</summary>
/// <param name="CertSha256">SHA-256 of the chosen certificate's DER, lower-case hex.</param>
public sealed record SelectCertificate(string CertSha256);

/// <summary>Body of a POST that carries nothing; an unknown member is still refused.</summary>
public sealed record EmptyBody;

/// <summary>Answer of <c>GET …/{id}/events?after=N</c> (long-poll, at most 25 s).</summary>
/// <param name="Events">Events with a sequence number above N, in order; empty when none came.</param>
public sealed record SessionEvents(IReadOnlyList<SequencedEvent> Events);

/// <summary>An event with its place in the session.</summary>
/// <param name="Seq">1 for the first event of a session, without gaps.</param>
/// <param name="At">When the server wrote it, UTC.</param>
/// <param name="Event">What happened.</param>
public sealed record SequencedEvent(int Seq, DateTimeOffset At, SessionEvent Event);

/// <summary>Body of <c>POST /agent/v1/attach</c>.</summary>
/// <param name="Ticket">From the launch address.</param>
/// <param name="AgentVersion">Semantic version.</param>
/// <param name="Protocol">Bridge versions that the agent speaks.</param>
public sealed record Attach(string Ticket, string AgentVersion, IReadOnlyList<int> Protocol)
{
    /// <summary>The agent's version as numbers: one with a pre-release label is as old as its numbers. Null when it is none.</summary>
    public Version? ReadVersion() => AgentVersion.Length <= 64 && Version.TryParse(AgentVersion.Split('-', '+')[0], out var version) ? version : null;
}

/// <summary>Answer to <see cref="Attach"/>.</summary>
/// <param name="SessionId">The session met.</param>
/// <param name="AgentToken">Bearer token for the agent's further calls, 256 bits, base64url.</param>
/// <param name="CheckCode">The page's check code.</param>
/// <param name="Language">The page's language, <c>zh-CN</c> or <c>en</c>; the agent's windows follow it.</param>
/// <param name="ServerTime">The server's clock, from which the agent takes its time.</param>
/// <param name="Institution">Who runs the service, for the agent's windows, in the page's language.</param>
/// <param name="Telephone">The RA's telephone number.</param>
/// <param name="Purpose">What the session is for.</param>
/// <param name="Holder">Whom a download's certificate is for; null where the agent finds that in a certificate.</param>
public sealed record Attached(
    string SessionId, string AgentToken, string CheckCode, string Language, DateTimeOffset ServerTime, string Institution, string Telephone, SessionPurpose Purpose,
    string? Holder = null);

/// <summary>Answer of <c>GET /agent/v1/commands?after=N</c> (long-poll, at most 25 s).</summary>
/// <param name="Commands">Commands numbered above N, in order.</param>
public sealed record AgentCommands(IReadOnlyList<SequencedCommand> Commands);

/// <summary>A command with its number.</summary>
/// <param name="Seq">1 for the first command of a session, without gaps.</param>
/// <param name="Command">What to do.</param>
public sealed record SequencedCommand(int Seq, AgentCommand Command);

/// <summary>Something that the page asks of the agent, through the server.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(PreflightCommand), "preflight")]
[JsonDerivedType(typeof(RenewCommand), "renew")]
[JsonDerivedType(typeof(DownloadPreflightCommand), "download-preflight")]
[JsonDerivedType(typeof(DownloadCommand), "download")]
[JsonDerivedType(typeof(ReadAgainCommand), "read-again")]
[JsonDerivedType(typeof(CancelCommand), "cancel")]
public abstract record AgentCommand;

/// <summary>Look, without PIN, whether a renewal of this certificate can succeed on this computer and token.</summary>
/// <param name="CertSha256">One that the agent listed, lower-case hex.</param>
/// <param name="KeyType">Suite name of the key that the renewal will generate, for example <c>P-256</c>.</param>
/// <param name="EncryptionKeyType">Suite name of the encryption key that will be brought in; null for a certificate alone.</param>
public sealed record PreflightCommand(string CertSha256, string KeyType, string? EncryptionKeyType = null) : AgentCommand;

/// <summary>Renew (or go on renewing) this certificate.</summary>
/// <param name="CertSha256">One that the agent listed, lower-case hex.</param>
/// <param name="RenewalId">16 octets, lower-case hex: the first CMP transactionID, and what the pending key's CKA_ID carries.</param>
/// <param name="Subject">DER of the new subject's Name, base64: the holder's current data, which the request must carry.</param>
/// <param name="KeyType">Suite name of the key to generate.</param>
/// <param name="Retire">Whether the old signing pair is removed from the token once the new one is confirmed.</param>
/// <param name="Encryption">The encryption half, which is renewed in the same act; null for a certificate alone.</param>
/// <param name="Remove">
/// Certificates of earlier renewals, lower-case hex, whose pairs are removed from the token with the old signing pair: nobody needs them any
/// more. Never one of those that are renewed. Null for none.
/// </param>
public sealed record RenewCommand(
    string CertSha256, string RenewalId, string Subject, string KeyType, bool Retire, EncryptionHalfCommand? Encryption = null, IReadOnlyList<string>? Remove = null) : AgentCommand;

/// <summary>The encryption half of a renewal or a download.</summary>
/// <param name="KeyType">Suite name of the key that the key-management centre makes.</param>
/// <param name="CertSha256">The encryption certificate that it replaces, lower-case hex; null when the holder has none. Its key stays on the token: what was encrypted for it is still to be read.</param>
public sealed record EncryptionHalfCommand(string KeyType, string? CertSha256 = null);

/// <summary>Read all tokens again and send <see cref="CertificatesEvent"/>.</summary>
public sealed record ReadAgainCommand : AgentCommand;

/// <summary>Stop, leave the token as it is, end.</summary>
public sealed record CancelCommand : AgentCommand;

/// <summary>Something that happened in a session: all that a page shows.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(CreatedEvent), "created")]
[JsonDerivedType(typeof(AttachedEvent), "attached")]
[JsonDerivedType(typeof(SelectedEvent), "selected")]
[JsonDerivedType(typeof(TokenSelectedEvent), "token-selected")]
[JsonDerivedType(typeof(ReadyEvent), "ready")]
[JsonDerivedType(typeof(StartedEvent), "started")]
[JsonDerivedType(typeof(ServerStepEvent), "server-step")]
[JsonDerivedType(typeof(DoneEvent), "done")]
[JsonDerivedType(typeof(RelaunchedEvent), "relaunched")]
[JsonDerivedType(typeof(AgentLostEvent), "agent-lost")]
[JsonDerivedType(typeof(ReturnedEvent), "returned")]
[JsonDerivedType(typeof(SignedEvent), "signed")]
[JsonDerivedType(typeof(EndedEvent), "ended")]
[JsonDerivedType(typeof(ConsentAskedEvent), "consent-asked")]
[JsonDerivedType(typeof(CertificatesEvent), "certificates")]
[JsonDerivedType(typeof(PreflightEvent), "preflight")]
[JsonDerivedType(typeof(TokenPreflightEvent), "token-preflight")]
[JsonDerivedType(typeof(PinAskedEvent), "pin-asked")]
[JsonDerivedType(typeof(PinWrongEvent), "pin-wrong")]
[JsonDerivedType(typeof(AgentStepEvent), "agent-step")]
[JsonDerivedType(typeof(RemovedEvent), "removed")]
[JsonDerivedType(typeof(InsertedEvent), "inserted")]
[JsonDerivedType(typeof(FailedEvent), "failed")]
public abstract record SessionEvent;

/// <summary>The session exists.</summary>
public sealed record CreatedEvent : SessionEvent;

/// <summary>An agent used the ticket.</summary>
/// <param name="AgentVersion">Its version.</param>
public sealed record AttachedEvent(string AgentVersion) : SessionEvent;

/// <summary>The holder chose a certificate.</summary>
/// <param name="CertSha256">Lower-case hex.</param>
public sealed record SelectedEvent(string CertSha256) : SessionEvent;

/// <summary>Pre-flight is over: the agent's and the server's checks together.</summary>
/// <param name="Checks">All checks, those that failed first.</param>
public sealed record ReadyEvent(IReadOnlyList<PreflightCheck> Checks) : SessionEvent;

/// <summary>The intent of the renewal or download is recorded; the agent has its command.</summary>
/// <param name="RenewalId">Its id, lower-case hex.</param>
public sealed record StartedEvent(string RenewalId) : SessionEvent;

/// <summary>A step that the server itself saw pass in CMP.</summary>
/// <param name="Step">The step.</param>
public sealed record ServerStepEvent(ServerStep Step) : SessionEvent;

/// <summary>The new certificate is confirmed and the agent has finished with the token.</summary>
/// <param name="CertSha256">SHA-256 of the new certificate, lower-case hex.</param>
public sealed record DoneEvent(string CertSha256) : SessionEvent;

/// <summary>A new ticket was made; the old one is void.</summary>
public sealed record RelaunchedEvent : SessionEvent;

/// <summary>The agent has not asked for commands for 40 s.</summary>
public sealed record AgentLostEvent : SessionEvent;

/// <summary>Login: the agent has handed in its token. What came of it is told in the window that the agent opens, and nowhere else.</summary>
public sealed record ReturnedEvent : SessionEvent;

/// <summary>Signing: the signature is there; the page can go on.</summary>
public sealed record SignedEvent : SessionEvent;

/// <summary>The session is over and takes no more events.</summary>
public sealed record EndedEvent : SessionEvent;

/// <summary>Steps that the server sees.</summary>
public enum ServerStep
{
    /// <summary>The request arrived and was passed to the CA; of a download it is an ir.</summary>
    KurReceived,

    /// <summary>The CA has signed and stored the new certificate.</summary>
    Issued,

    /// <summary>The CA has confirmed it: the commit point.</summary>
    Confirmed,
}

/// <summary>Steps on the token, reported by the agent.</summary>
public enum AgentStep
{
    /// <summary>The new key pair is being generated.</summary>
    KeyGenerating,

    /// <summary>It exists on the token (or was found there from an earlier run).</summary>
    KeyReady,

    /// <summary>The new certificate is being written.</summary>
    Writing,

    /// <summary>It is written.</summary>
    Written,

    /// <summary>It was read back and a test signature verifies with it.</summary>
    Verified,

    /// <summary>What was to go was removed after the CA's confirmation.</summary>
    Retired,
}

/// <summary>
/// Body of <c>POST /agent/v1/events</c>: the only things that an agent can say. The schema is closed, so there is no member that a
/// PIN could ride in, and steps that only a server can see are not among them.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ConsentAskedEvent), "consent-asked")]
[JsonDerivedType(typeof(CertificatesEvent), "certificates")]
[JsonDerivedType(typeof(PreflightEvent), "preflight")]
[JsonDerivedType(typeof(TokenPreflightEvent), "token-preflight")]
[JsonDerivedType(typeof(PinAskedEvent), "pin-asked")]
[JsonDerivedType(typeof(PinWrongEvent), "pin-wrong")]
[JsonDerivedType(typeof(AgentStepEvent), "agent-step")]
[JsonDerivedType(typeof(RemovedEvent), "removed")]
[JsonDerivedType(typeof(InsertedEvent), "inserted")]
[JsonDerivedType(typeof(FailedEvent), "failed")]
public abstract record AgentEvent : SessionEvent;

/// <summary>The consent window is open.</summary>
public sealed record ConsentAskedEvent : AgentEvent;

/// <summary>What is on the tokens, after consent.</summary>
/// <param name="Tokens">All tokens that answered.</param>
/// <param name="Certificates">All end-entity certificates on them that have their private key.</param>
/// <param name="Resumable">Pending keys found on the tokens.</param>
public sealed record CertificatesEvent(
    IReadOnlyList<TokenSummary> Tokens, IReadOnlyList<CertificateSummary> Certificates, IReadOnlyList<ResumableRenewal> Resumable) : AgentEvent;

/// <summary>A token as the page shows it.</summary>
/// <param name="Driver">Kind of driver, for example <c>pkcs11</c>.</param>
/// <param name="Manufacturer">As the token names it.</param>
/// <param name="Model">As the token names it.</param>
/// <param name="SerialNumber">As the token names it; with the three before, the token's identity.</param>
/// <param name="Label">For people only.</param>
/// <param name="Module">File name of the library that reaches it.</param>
public sealed record TokenSummary(string Driver, string Manufacturer, string Model, string SerialNumber, string Label, string Module);

/// <summary>A certificate on a token.</summary>
/// <param name="Der">The certificate, DER in base64.</param>
/// <param name="Token">Index into <see cref="CertificatesEvent.Tokens"/>.</param>
public sealed record CertificateSummary(string Der, int Token);

/// <summary>A key on a token whose renewal or download did not come to its end, as far as the token shows.</summary>
/// <param name="RenewalId">Of renewal or download, from its CKA_ID, lower-case hex.</param>
/// <param name="Token">Index into <see cref="CertificatesEvent.Tokens"/>.</param>
/// <param name="OldCertSha256">The certificate that it renews, lower-case hex; null when that is no longer on the token.</param>
public sealed record ResumableRenewal(string RenewalId, int Token, string? OldCertSha256 = null);

/// <summary>The agent's half of the pre-flight.</summary>
/// <param name="CertSha256">The certificate looked at.</param>
/// <param name="Checks">What was looked at.</param>
public sealed record PreflightEvent(string CertSha256, IReadOnlyList<PreflightCheck> Checks) : AgentEvent;

/// <summary>One line of the pre-flight list.</summary>
/// <param name="Kind">What was looked at.</param>
/// <param name="Outcome">How it stands.</param>
/// <param name="Problem">For a warning or failure: which. The page shows its texts.</param>
public sealed record PreflightCheck(PreflightKind Kind, PreflightOutcome Outcome, WireProblem? Problem = null);

/// <summary>What a pre-flight looks at.</summary>
public enum PreflightKind
{
    /// <summary>The certificate is in its window, known, not revoked, not renewed, its holder registered (server).</summary>
    Certificate,

    /// <summary>The token's model is allowed (server).</summary>
    Model,

    /// <summary>The agent is new enough (server).</summary>
    AgentVersion,

    /// <summary>The computer's clock agrees with the server's (agent).</summary>
    Clock,

    /// <summary>Room for two pairs (agent).</summary>
    Room,

    /// <summary>The token can be written to and makes the wanted kind of key (agent).</summary>
    Driver,

    /// <summary>Tries left before the PIN locks (agent).</summary>
    PinTries,

    /// <summary>The service answers the agent within its limit (agent).</summary>
    Network,

    /// <summary>Whether business systems still need the present encryption key (server); only where there is one.</summary>
    OldKey,

    /// <summary>Download: the authorisation still stands, its holder is registered (server).</summary>
    Authorisation,

    /// <summary>Download: whether the token holds certificates of somebody else (server).</summary>
    Holder,
}

/// <summary>How a pre-flight check stands.</summary>
public enum PreflightOutcome
{
    /// <summary>Fine.</summary>
    Ok,

    /// <summary>Works, but the holder should know.</summary>
    Warning,

    /// <summary>Would fail later; the renewal is not offered.</summary>
    Failed,

    /// <summary>The token does not tell.</summary>
    Unknown,
}

/// <summary>The PIN window is open.</summary>
public sealed record PinAskedEvent : AgentEvent;

/// <summary>A wrong PIN was typed.</summary>
/// <param name="TriesLeft">What the token says is left; null when it does not tell.</param>
public sealed record PinWrongEvent(int? TriesLeft = null) : AgentEvent;

/// <summary>A step on the token.</summary>
/// <param name="Step">The step.</param>
public sealed record AgentStepEvent(AgentStep Step) : AgentEvent;

/// <summary>The token is gone; the agent waits for it.</summary>
/// <param name="SerialNumber">Of the token that was in use.</param>
public sealed record RemovedEvent(string SerialNumber) : AgentEvent;

/// <summary>A token was plugged in.</summary>
/// <param name="Token">Which.</param>
public sealed record InsertedEvent(TokenSummary Token) : AgentEvent;

/// <summary>The agent stopped.</summary>
/// <param name="Problem">Why.</param>
public sealed record FailedEvent(WireProblem Problem) : AgentEvent;

/// <summary>JSON of the bridge: camel case, enums as their names, unknown members refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowOutOfOrderMetadataProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CreateSession))]
[JsonSerializable(typeof(SessionCreated))]
[JsonSerializable(typeof(SelectCertificate))]
[JsonSerializable(typeof(SelectToken))]
[JsonSerializable(typeof(CreateDownload))]
[JsonSerializable(typeof(EmptyBody))]
[JsonSerializable(typeof(SessionEvents))]
[JsonSerializable(typeof(Attach))]
[JsonSerializable(typeof(Attached))]
[JsonSerializable(typeof(AgentCommands))]
[JsonSerializable(typeof(AgentEvent))]
[JsonSerializable(typeof(ProblemDocument))]
public sealed partial class BridgeJson : JsonSerializerContext;
