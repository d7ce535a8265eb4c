namespace Rekey.Contract.Bridge;

/// <summary>Body of <c>POST /CaUpdate/api/v1/downloads</c>: opens a session for a download.</summary>
/// <param name="Reference">The reference number, as typed.</param>
/// <param name="Code">The authorisation code, as typed.</param>
public sealed record CreateDownload(string Reference, string Code)
{
    /// <summary>Without the code.</summary>
    public override string ToString() => $"{nameof(CreateDownload)} {Reference}";
}

/// <summary>Body of <c>POST …/{id}/select-token</c>: a download's choice.</summary>
/// <param name="Token">One that the agent listed.</param>
public sealed record SelectToken(TokenName Token);

/// <summary>A token's identity: label and module are none.</summary>
/// <param name="Driver">As in <see cref="TokenSummary"/>.</param>
/// <param name="Manufacturer">As in <see cref="TokenSummary"/>.</param>
/// <param name="Model">As in <see cref="TokenSummary"/>.</param>
/// <param name="SerialNumber">As in <see cref="TokenSummary"/>.</param>
public sealed record TokenName(string Driver, string Manufacturer, string Model, string SerialNumber)
{
    /// <summary>The identity of a token that an agent listed.</summary>
    public static TokenName Of(TokenSummary token) => new(token.Driver, token.Manufacturer, token.Model, token.SerialNumber);
}

/// <summary>Look, without PIN, whether a download to this token can succeed.</summary>
/// <param name="Token">One that the agent listed.</param>
/// <param name="KeyType">Suite name of the key that the download will generate.</param>
/// <param name="EncryptionKeyType">Suite name of the encryption key that will be brought in; null for a certificate alone.</param>
public sealed record DownloadPreflightCommand(TokenName Token, string KeyType, string? EncryptionKeyType = null) : AgentCommand;

/// <summary>Download (or go on downloading) what was authorised.</summary>
/// <param name="Token">Where to.</param>
/// <param name="DownloadId">16 octets, lower-case hex: the first CMP transactionID, and what the new key's CKA_ID carries.</param>
/// <param name="Subject">DER of the subject's Name, base64, which the request must carry.</param>
/// <param name="KeyType">Suite name of the key to generate.</param>
/// <param name="Reference">The reference number: names the secret in the request (senderKID).</param>
/// <param name="Secret">
/// 32 octets, base64: the secret of the request's MAC. Made for this one command, and good only together with the agent's token. Never the
/// authorisation code, which the agent does not learn.
/// </param>
/// <param name="Encryption">The encryption half, which comes in the same act; null for a certificate alone.</param>
public sealed record DownloadCommand(
    TokenName Token, string DownloadId, string Subject, string KeyType, string Reference, string Secret, EncryptionHalfCommand? Encryption = null) : AgentCommand
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{nameof(DownloadCommand)} {DownloadId}";
}

/// <summary>Download: the key that it goes to was chosen.</summary>
/// <param name="Token">Which.</param>
public sealed record TokenSelectedEvent(TokenName Token) : SessionEvent;

/// <summary>The agent's half of a download's pre-flight.</summary>
/// <param name="Token">The token looked at.</param>
/// <param name="Checks">What was looked at.</param>
public sealed record TokenPreflightEvent(TokenName Token, IReadOnlyList<PreflightCheck> Checks) : AgentEvent;
