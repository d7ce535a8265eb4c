using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Rekey.Contract.Bridge;

namespace Rekey.Login.Rendezvous;

/// <summary>A secret together with the attempt it belongs to: the cookie, the agent's token, the return page's code.</summary>
/// <param name="Id">The attempt.</param>
/// <param name="Secret">256 bits, base64url.</param>
internal sealed record AttemptSecret(string Id, string Secret)
{
    /// <summary>Reads one; null when it is not of the form.</summary>
    public static AttemptSecret? Parse(string? value) =>
        value?.Split('.') is [{ Length: 22 } id, { Length: BridgeSecret.Length } secret] ? new(id, secret) : null;

    /// <summary>Whether it is the one whose hash is stored; takes the same time either way.</summary>
    public bool Matches(byte[]? sha256) => sha256 is not null && BridgeSecret.Matches(Secret, sha256);

    /// <inheritdoc/>
    public override string ToString() => $"{Id}.{Secret}";
}

/// <summary>What is derived from the secrets of an attempt.</summary>
internal static class Secrets
{
    private const int IdOctets = 16;

    /// <summary>The name of the attempt that a ticket is for: the launch address has room for the ticket alone. Half of its hash leads back to no ticket.</summary>
    public static string IdOf(string ticket) => Base64Url.EncodeToString(BridgeSecret.Sha256(ticket).AsSpan(0, IdOctets));

    /// <summary>The code of the return page, made from the agent's secret, so that the answer to a repeated request is the same although no code is stored.</summary>
    public static string CodeOf(AttemptSecret agent) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(agent.Secret), "return code"u8));
}
