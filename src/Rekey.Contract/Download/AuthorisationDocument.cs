using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rekey.Pki.Certificates;

namespace Rekey.Contract.Download;

/// <summary>
/// What a download authorisation (证书下载授权) allows, in the form that its maker and its checker sign with their tokens: UTF-8 text of
/// one <c>name: value</c> a line, in this order and no other, so that a person can read what is signed, and one authorisation has one form.
/// </summary>
public sealed record AuthorisationDocument
{
    /// <summary>Most octets of one.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>Octets of a hash of a code.</summary>
    public const int HashLength = 32;

    private const string Heading = "rekey download authorisation 1";
    private const string None = "-";
    private const string One = "signing";
    private const string Pair = "signing and encryption";
    private const string New = "new";
    private const string Old = "old";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>16 random octets, lower-case hex: no two authorisations are the same document.</summary>
    public required string Id { get; init; }

    /// <summary>The <see cref="ReferenceNumber"/>.</summary>
    public required string Reference { get; init; }

    /// <summary>The subscriber's stable identifier.</summary>
    public required string SubscriberId { get; init; }

    /// <summary>DER Name that the certificates get.</summary>
    public required byte[] Subject { get; init; }

    /// <summary>Name of the certificate profile; of a pair that of the signing half.</summary>
    public required string Profile { get; init; }

    /// <summary>Whether an encryption certificate comes with it; which profile that has, the CA's profile of the signing half says.</summary>
    public bool IsPair { get; init; }

    /// <summary>Whether the encryption half brings the subscriber's old encryption key back instead of a new one.</summary>
    public bool RecoverOldKey { get; init; }

    /// <summary>Model that the token must be of; null: any that the RA allows.</summary>
    public string? TokenModel { get; init; }

    /// <summary>Serial number that the token must have; null: any.</summary>
    public string? TokenSerial { get; init; }

    /// <summary>Until when the codes are taken, whole seconds.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary><see cref="AuthorisationCode.HashOf"/> of the code's proof.</summary>
    public required byte[] CodeHash { get; init; }

    /// <summary>Why it is given, in its maker's words, on one line.</summary>
    public required string Reason { get; init; }

    /// <summary>SHA-256 of the document: what names it everywhere else.</summary>
    public byte[] Sha256() => SHA256.HashData(Encode());

    /// <summary>The document's octets.</summary>
    public byte[] Encode()
    {
        var text = new StringBuilder();
        text.Append(Heading).Append('\n');
        foreach (var (name, value) in Lines())
        {
            text.Append(name).Append(": ").Append(value).Append('\n');
        }

        return Strict.GetBytes(text.ToString());
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="MalformedException">Not one, or not in its one form.</exception>
    public static AuthorisationDocument Parse(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > MaxLength)
        {
            throw new MalformedException("an authorisation is not that long");
        }

        try
        {
            var read = Read(Strict.GetString(octets).Split('\n'));
            return read.Encode().AsSpan().SequenceEqual(octets) ? read : throw new MalformedException("the authorisation is not in its one form");
        }
        catch (Exception e) when (e is FormatException or ArgumentException or IndexOutOfRangeException)
        {
            throw new MalformedException("not an authorisation", e);
        }
    }

    private static AuthorisationDocument Read(string[] lines)
    {
        if (lines[0] != Heading)
        {
            throw new MalformedException("not an authorisation of a known version");
        }

        var at = 0;
        string Next(string name)
        {
            var line = lines[++at];
            return line.StartsWith($"{name}: ", StringComparison.Ordinal) ? line[(name.Length + 2)..] : throw new MalformedException($"the authorisation lacks {name}");
        }

        string? Optional(string name) => Next(name) is var value && value == None ? null : value;

        return new()
        {
            Id = Next("id"),
            Reference = Next("reference"),
            SubscriberId = Next("subscriber"),
            Subject = Named(Next("subject"), Convert.FromBase64String(Next("subject-der"))),
            Profile = Next("profile"),
            IsPair = Next("certificates") == Pair,
            RecoverOldKey = Next("encryption-key") == Old,
            TokenModel = Optional("token-model"),
            TokenSerial = Optional("token-serial"),
            ExpiresAt = DateTimeOffset.ParseExact(Next("expires"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
            CodeHash = Convert.FromHexString(Next("code-sha256")) is { Length: HashLength } hash ? hash : throw new MalformedException("the code's hash has another length"),
            Reason = Next("reason"),
        };
    }

    // What a person read is what the certificate gets. (The form as a whole is compared at the end; this says why.)
    private static byte[] Named(string text, byte[] der) => DistinguishedName.FromDer(der).ToString() == text
        ? der : throw new MalformedException("the authorisation's subject reads otherwise than it is encoded");

    private IEnumerable<(string Name, string Value)> Lines() =>
    [
        ("id", Id),
        ("reference", Reference),
        ("subscriber", SubscriberId),
        ("subject", DistinguishedName.FromDer(Subject).ToString()),
        ("subject-der", Convert.ToBase64String(Subject)),
        ("profile", Profile),
        ("certificates", IsPair ? Pair : One),
        ("encryption-key", !IsPair ? None : RecoverOldKey ? Old : New),
        ("token-model", TokenModel ?? None),
        ("token-serial", TokenSerial ?? None),
        ("expires", ExpiresAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)),
        ("code-sha256", Convert.ToHexStringLower(CodeHash)),
        ("reason", Reason),
    ];
}
