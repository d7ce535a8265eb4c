using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rekey.Login.Rendezvous;

/// <summary>A secret together with the attempt it belongs to: the cookie, the agent's token, the return page's code.</summary>
/// <param name="Id">The attempt.</param>
/// <param name="Secret">256 bits, base64url.</param>
internal sealed record AttemptSecret(string Id, string Secret)
{
    /// <summary>Reads one; null when it is not of the form.</summary>
    public static AttemptSecret? Parse(string? value) =>
        value?.Split('.') is [{ Length: 22 } id, { Length: 43 } secret] ? new(id, secret) : null;

    /// <summary>Whether it is the one whose hash is stored; takes the same time either way.</summary>
    public bool Matches(byte[]? sha256) => sha256 is not null && CryptographicOperations.FixedTimeEquals(Secrets.Sha256(Secret), sha256);

    /// <inheritdoc/>
    public override string ToString() => $"{Id}.{Secret}";
}

/// <summary>The secrets of an attempt.</summary>
internal static class Secrets
{
    private const int IdOctets = 16;

    /// <summary>256 random bits, base64url.</summary>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is stored of a secret.</summary>
    public static byte[] Sha256(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>The name of the attempt that a ticket is for: the launch address has room for the ticket alone. Half of its hash leads back to no ticket.</summary>
    public static string IdOf(string ticket) => Base64Url.EncodeToString(Sha256(ticket).AsSpan(0, IdOctets));

    /// <summary>The code of the return page, made from the agent's secret, so that the answer to a repeated request is the same although no code is stored.</summary>
    public static string CodeOf(AttemptSecret agent) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(agent.Secret), "return code"u8));

    /// <summary>Six random digits.</summary>
    public static string CheckCode() => RandomNumberGenerator.GetInt32(1_000_000).ToString("D6", CultureInfo.InvariantCulture);
}
