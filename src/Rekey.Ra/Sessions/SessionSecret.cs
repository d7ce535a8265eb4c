using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rekey.Ra.Sessions;

/// <summary>
/// The secret half of a session's cookie: 256 random bits. The server keeps its SHA-256 only; tickets are derived from it, so that a
/// reloaded page can show its launch address again although the server has stored no ticket.
/// </summary>
internal static class SessionSecret
{
    /// <summary>Characters of a secret.</summary>
    public const int Length = 43;

    /// <summary>256 random bits, base64url.</summary>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What the store keeps.</summary>
    public static byte[] Sha256(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));

    /// <summary>The n-th ticket of a session: HMAC-SHA256 under the cookie's secret, so one ticket tells nothing of the next.</summary>
    public static string Ticket(string secret, int number) => Base64Url.EncodeToString(HMACSHA256.HashData(
        Encoding.ASCII.GetBytes(secret), Encoding.ASCII.GetBytes("ticket:" + number.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Whether a presented secret is the one stored; takes the same time either way.</summary>
    public static bool Matches(string secret, byte[] sha256) => CryptographicOperations.FixedTimeEquals(Sha256(secret), sha256);

    /// <summary>Six random digits.</summary>
    public static string CheckCode() => RandomNumberGenerator.GetInt32(1_000_000).ToString("D6", CultureInfo.InvariantCulture);

    /// <summary>Two letters that sound apart and four digits, for example <c>YZ-4482</c>.</summary>
    public static string LookupCode() =>
        RandomNumberGenerator.GetString("ACEFHJKLMNPRTUVWXYZ", 2) + "-" + RandomNumberGenerator.GetInt32(10_000).ToString("D4", CultureInfo.InvariantCulture);
}
