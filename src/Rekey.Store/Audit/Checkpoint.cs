using System.Globalization;
using Rekey.Pki.Certificates;
using Rekey.Pki.Notes;

namespace Rekey.Store.Audit;

/// <summary>The head of an audit log at some moment (C2SP tlog-checkpoint).</summary>
/// <param name="Origin">Name of the log.</param>
/// <param name="Size">Entries.</param>
/// <param name="Root">Root hash.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>The text that is signed.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");

    /// <summary>Reads a note's text.</summary>
    /// <exception cref="MalformedException">Not a checkpoint.</exception>
    public static Checkpoint Parse(SignedNote note)
    {
        var root = new byte[MerkleTree.HashSize + 3];
        return note.Text.Split('\n') is [{ Length: > 0 } origin, var size, var hash, ..]
            && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && Convert.TryFromBase64String(hash, root, out var length) && length == MerkleTree.HashSize
            ? new(origin, number, root[..length])
            : throw new MalformedException("not a checkpoint");
    }

    /// <summary>Reads a checkpoint's note and checks who signed it.</summary>
    /// <exception cref="MalformedException">Not a checkpoint, or not signed by the key under the log's name.</exception>
    public static Checkpoint Verify(string note, NoteKey key)
    {
        var signed = SignedNote.Parse(note);
        var checkpoint = Parse(signed);
        return signed.IsSignedBy(key) && checkpoint.Origin == key.Name
            ? checkpoint
            : throw new MalformedException($"the checkpoint of {checkpoint.Size} entries is not signed by {key.Name}");
    }
}
