using System.Security.Cryptography;
using System.Text;
using Rekey.Contract.Bridge;
using Rekey.Ra.Cmp;
using Rekey.Ra.Sessions;

namespace Rekey.Ra.Download;

/// <summary>
/// The two secrets of a download's session, sealed in its row: the one of the request's MAC, made for one command, and the proof that the code was
/// typed, which the CA wants to see. The codes themselves are kept nowhere.
/// </summary>
internal sealed class DownloadSecrets(SecretBox box)
{
    private const int Length = 32;

    /// <summary>Makes the secret of a command, and seals it into the session.</summary>
    public void New(Session session)
    {
        var secret = RandomNumberGenerator.GetBytes(Length);
        session.SealedSecret = box.Seal(secret, Context("mac", session.Id));
        CryptographicOperations.ZeroMemory(secret);
    }

    /// <summary>Opens the secret of the session's command; the caller clears it. Null when there is none.</summary>
    public byte[]? Open(Session session) => session.SealedSecret is { } sealedSecret ? box.Open(sealedSecret, Context("mac", session.Id)) : null;

    /// <summary>Seals the proof that a session's code was typed.</summary>
    public byte[] SealProof(string sessionId, ReadOnlySpan<byte> proof) => box.Seal(proof, Context("proof", sessionId));

    /// <summary>Opens that proof; the caller clears it. Null when it was wiped.</summary>
    public byte[]? OpenProof(Session session) => session.SealedProof is { } sealedProof ? box.Open(sealedProof, Context("proof", session.Id)) : null;

    /// <summary>Commands as the agent gets them: the rows hold none with its secret.</summary>
    public IReadOnlyList<SequencedCommand> Fill(Session session, IReadOnlyList<SequencedCommand> commands) =>
        [.. commands.Select(c => c.Command is DownloadCommand download ? c with { Command = download with { Secret = Base64(session) } } : c)];

    private string Base64(Session session)
    {
        if (Open(session) is not { } secret)
        {
            return ""; // wiped since: a command of an earlier run, which its agent has done with
        }

        var text = Convert.ToBase64String(secret);
        CryptographicOperations.ZeroMemory(secret);
        return text;
    }

    // Sealed secrets cannot be exchanged for one another.
    private static byte[] Context(string what, string sessionId) => Encoding.UTF8.GetBytes($"download {what} {sessionId}");
}
