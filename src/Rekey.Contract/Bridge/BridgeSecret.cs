using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rekey.Contract.Bridge;

/// <summary>The secrets by which page, agent and server know each other. A server keeps their SHA-256 only.</summary>
public static class BridgeSecret
{
    /// <summary>Characters of a secret.</summary>
    public const int Length = 43;

    /// <summary>256 random bits, base64url.</summary>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What a server keeps of a secret: SHA-256 of its characters.</summary>
    public static byte[] Sha256(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Whether a presented secret is the one that is kept; takes the same time either way.</summary>
    public static bool Matches(string secret, byte[] sha256) => CryptographicOperations.FixedTimeEquals(Sha256(secret), sha256);

    /// <summary>Six random digits, which page and agent show: against mix-ups.</summary>
    public static string CheckCode() => RandomNumberGenerator.GetInt32(1_000_000).ToString("D6", CultureInfo.InvariantCulture);
}
