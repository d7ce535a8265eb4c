using System.Security.Cryptography;
using Rekey.Contract.Bridge;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.Agent.Renewal;

/// <summary>
/// Removes from a token what is to go once the CA has confirmed. What goes is the RA's word, because only the RA knows who still needs an
/// old key; what is being renewed and what has just come stay, whatever it says.
/// </summary>
internal static class TidyUp
{
    /// <summary>Removes it. The old signing pair goes last of all: without it the renewal is finished, and nobody comes back to it.</summary>
    /// <param name="token">Logged in.</param>
    /// <param name="pairs">What was on it when the renewal began, or went on.</param>
    /// <param name="old">The signing pair that was renewed.</param>
    /// <param name="command">What is to go.</param>
    /// <returns>Whether anything was to go.</returns>
    public static bool Run(IToken token, IReadOnlyList<TokenPair> pairs, TokenPair old, RenewCommand command)
    {
        foreach (var pair in pairs.Where(p => IsToGo(p, command)))
        {
            Remove(token, pairs, pair);
        }

        if (command.Retire)
        {
            Remove(token, pairs, old);
        }

        return command.Retire || command.Remove is { Count: > 0 };
    }

    private static bool IsToGo(TokenPair pair, RenewCommand command)
    {
        if (command.Remove is not { Count: > 0 } || pair.Certificate is not { } der || RenewalKeyId.TryRead(pair.Id)?.RenewalId == command.RenewalId)
        {
            return false;
        }

        var sha256 = Convert.ToHexStringLower(SHA256.HashData(der));
        return command.Remove.Contains(sha256) && sha256 != command.CertSha256 && sha256 != command.Encryption?.CertSha256;
    }

    // A key that another certificate uses as well belongs to more than this renewal.
    private static void Remove(IToken token, IReadOnlyList<TokenPair> pairs, TokenPair pair)
    {
        if (pairs.Count(p => p.Id.AsSpan().SequenceEqual(pair.Id)) == 1)
        {
            token.DeletePair(pair.Id);
        }
    }
}
