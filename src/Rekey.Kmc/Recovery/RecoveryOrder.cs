using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rekey.Kmc.Recovery;

/// <summary>
/// An order of recovery: what the persons who order it sign. Its one text form is what is signed, stored by its digest, and shown; a text
/// that says the same in other words is not an order.
/// </summary>
/// <param name="Id">16 octets, random: an order is carried out once.</param>
/// <param name="Kind">Holder or judicial.</param>
/// <param name="SubscriberId">Whose key.</param>
/// <param name="KeyId">Which key.</param>
/// <param name="TargetSha256">
/// SHA-256 of what names the key to wrap to: the holder's own CMP message (holder), or the certificate of the carrier (judicial), DER.
/// </param>
/// <param name="Reason">For people: why, and by whose decision; one line.</param>
/// <param name="From">Valid from, whole seconds, UTC.</param>
/// <param name="Until">Valid until, whole seconds, UTC.</param>
public sealed record RecoveryOrder(
    byte[] Id, RecoveryKind Kind, string SubscriberId, Guid KeyId, byte[] TargetSha256, string Reason, DateTimeOffset From, DateTimeOffset Until)
{
    /// <summary>Longest validity: what is not carried out by then is to be decided anew.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private const string Head = "rekey recovery order v1";
    private const string Time = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const int MostOctets = 4096;

    /// <summary>The octets that are signed: UTF-8, lines ended by LF.</summary>
    public byte[] ToOctets() => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"""
        {Head}
        id: {Convert.ToHexStringLower(Id)}
        kind: {Kind.ToString().ToLowerInvariant()}
        subscriber: {SubscriberId}
        key: {KeyId:N}
        target: {Convert.ToHexStringLower(TargetSha256)}
        from: {From.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture)}
        until: {Until.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture)}
        reason: {Reason}

        """).ReplaceLineEndings("\n"));

    /// <summary>SHA-256 of <see cref="ToOctets"/>.</summary>
    public byte[] Sha256() => SHA256.HashData(ToOctets());

    /// <summary>Reads an order.</summary>
    /// <exception cref="FormatException">Not one, or not in its one form.</exception>
    public static RecoveryOrder Parse(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > MostOctets || Encoding.UTF8.GetString(octets).Split('\n') is not [Head, var id, var kind, var subscriber, var key, var target, var from, var until, var reason, ""])
        {
            throw new FormatException("this is no order of recovery");
        }

        var order = new RecoveryOrder(
            Convert.FromHexString(Field(id, "id")),
            Enum.TryParse<RecoveryKind>(Field(kind, "kind"), ignoreCase: true, out var parsed) ? parsed : throw new FormatException("this kind of recovery is not known"),
            Field(subscriber, "subscriber"),
            Guid.ParseExact(Field(key, "key"), "N"),
            Convert.FromHexString(Field(target, "target")),
            Field(reason, "reason"),
            Instant(Field(from, "from")),
            Instant(Field(until, "until")));
        // Whatever else can be read in two ways: only the form that we write is one.
        return order.Id.Length == 16 && order.TargetSha256.Length == SHA256.HashSizeInBytes && order.ToOctets().AsSpan().SequenceEqual(octets)
            ? order : throw new FormatException("the order of recovery is not in its one form");
    }

    private static string Field(string line, string name) =>
        line.StartsWith($"{name}: ", StringComparison.Ordinal) ? line[(name.Length + 2)..] : throw new FormatException($"the order of recovery has no {name}");

    private static DateTimeOffset Instant(string text) => DateTimeOffset.ParseExact(text, Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
