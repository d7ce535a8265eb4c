using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rekey.Ra.Sessions;

/// <summary>
/// What a session's cookie holds is a <see cref="Contract.Bridge.BridgeSecret"/>; tickets are derived from it, so that a reloaded page can show
/// its launch address again although the server has stored no ticket.
/// </summary>
internal static class SessionSecret
{
    /// <summary>The n-th ticket of a session: HMAC-SHA256 under the cookie's secret, so one ticket tells nothing of the next.</summary>
    public static string Ticket(string secret, int number) => Base64Url.EncodeToString(HMACSHA256.HashData(
        Encoding.ASCII.GetBytes(secret), Encoding.ASCII.GetBytes("ticket:" + number.ToString(CultureInfo.InvariantCulture))));

    /// <summary>Two letters that sound apart and four digits, for example <c>YZ-4482</c>.</summary>
    public static string LookupCode() =>
        RandomNumberGenerator.GetString("ACEFHJKLMNPRTUVWXYZ", 2) + "-" + RandomNumberGenerator.GetInt32(10_000).ToString("D4", CultureInfo.InvariantCulture);
}
