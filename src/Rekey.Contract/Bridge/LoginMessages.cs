using System.Text.Json.Serialization;

namespace Rekey.Contract.Bridge;

/// <summary>Body of <c>POST /rekey/start</c>, from the page that wants its visitor logged in.</summary>
/// <param name="ReturnTo">Where to go after the login: a path of the same site; null for its first page.</param>
/// <param name="Language"><c>zh-CN</c> or <c>en</c>; the agent's windows and the return page follow it. Null is Chinese.</param>
public sealed record StartLogin(string? ReturnTo = null, string? Language = null);

/// <summary>A login as its page needs it.</summary>
/// <param name="LaunchUri">The <see cref="LaunchAddress"/>, for a link that the visitor clicks.</param>
/// <param name="CheckCode">Six digits, shown in page and agent window; against mix-ups, not against a relay.</param>
/// <param name="ExpiresIn">Seconds until the ticket runs out.</param>
public sealed record LoginStarted(string LaunchUri, string CheckCode, int ExpiresIn);

/// <summary>Answer to <c>POST /rekey/agent/v1/challenge</c>: what to sign, and with whose certificates.</summary>
/// <param name="Nonce">256 random bits in base64, 44 characters; the characters are what is signed. Used once, within 5 minutes.</param>
/// <param name="Issuers">Names (DER, base64) of the CAs whose certificates the site accepts, so that the agent offers no other; empty for any.</param>
public sealed record LoginChallenge(string Nonce, IReadOnlyList<string> Issuers);

/// <summary>Body of <c>POST /rekey/agent/v1/return</c>.</summary>
/// <param name="Nonce">The challenge's nonce, of which the server has kept a hash only.</param>
/// <param name="Token">Signed for the origin of the launch address.</param>
public sealed record LoginReturn(string Nonce, LoginToken Token);

/// <summary>Answer to <see cref="LoginReturn"/>, whatever the server thinks of the token.</summary>
/// <param name="Code">For the fragment of the return page; counts once, for two minutes, and only with the cookie of the browser that began.</param>
public sealed record LoginCode(string Code);

/// <summary>Body of <c>POST /rekey/finish</c>, from the return page.</summary>
/// <param name="Code">From its fragment.</param>
public sealed record FinishLogin(string Code);

/// <summary>Answer to <see cref="FinishLogin"/>: logged in.</summary>
/// <param name="ReturnTo">A path of the site.</param>
public sealed record LoginFinished(string ReturnTo);

/// <summary>Answer of <c>GET /rekey/agent/v1/document</c>: what to sign.</summary>
/// <param name="Name">What the site calls it, one line.</param>
/// <param name="Document">UTF-8 text in base64. The agent hashes it itself.</param>
/// <param name="CertSha256">The certificate to sign with, lower-case hex: that of whoever is logged in.</param>
public sealed record DocumentToSign(string Name, string Document, string CertSha256)
{
    /// <summary>Most octets of a document.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>Most characters of a name.</summary>
    public const int MaxName = 100;
}

/// <summary>Body of <c>POST /rekey/agent/v1/signature</c>.</summary>
/// <param name="Signature">Detached, base64: RFC 5652 for RSA and ECDSA, GM/T 0010 for SM2.</param>
public sealed record SignatureMade(string Signature);

/// <summary>JSON of a login: camel case, unknown and repeated members refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StartLogin))]
[JsonSerializable(typeof(LoginStarted))]
[JsonSerializable(typeof(LoginChallenge))]
[JsonSerializable(typeof(LoginReturn))]
[JsonSerializable(typeof(LoginCode))]
[JsonSerializable(typeof(FinishLogin))]
[JsonSerializable(typeof(LoginFinished))]
[JsonSerializable(typeof(LoginToken))]
[JsonSerializable(typeof(DocumentToSign))]
[JsonSerializable(typeof(SignatureMade))]
public sealed partial class LoginJson : JsonSerializerContext;
