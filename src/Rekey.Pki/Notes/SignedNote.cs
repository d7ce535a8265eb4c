using System.Security.Cryptography;
using System.Text;
using Rekey.Pki.Certificates;

namespace Rekey.Pki.Notes;

/// <summary>
/// A signed note (C2SP signed-note): some lines of text, an empty line, and signature lines that people can read and tools can
/// check. Only Ed25519 signatures (type 1) are made and checked; others are left alone.
/// </summary>
/// <param name="Text">The signed text, ending in a line feed.</param>
/// <param name="Signatures">Signature lines in order.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    private const string Dash = "— ";

    /// <summary>Signs a text.</summary>
    /// <param name="text">Lines, the last one ending in a line feed, none empty at the end.</param>
    /// <param name="name">Key name: without blanks and plus signs.</param>
    /// <param name="key">The key.</param>
    public static SignedNote Sign(string text, string name, Ed25519Key key)
    {
        if (!text.EndsWith('\n') || name.Length == 0 || name.Any(c => char.IsWhiteSpace(c) || c == '+'))
        {
            throw new ArgumentException("the text must end a line, and the key's name must have no blank and no plus sign");
        }

        var signature = new NoteSignature(name, NoteKey.KeyId(name, key.PublicKey), key.Sign(Encoding.UTF8.GetBytes(text)));
        return new(text, [signature]);
    }

    /// <summary>Reads a note.</summary>
    /// <exception cref="MalformedException">Not one.</exception>
    public static SignedNote Parse(string note)
    {
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || !note.EndsWith('\n'))
        {
            throw new MalformedException("not a signed note");
        }

        var signatures = note[(split + 2)..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ParseSignature).ToList();
        return new(note[..(split + 1)], signatures);
    }

    /// <summary>Whether a key signed it.</summary>
    public bool IsSignedBy(NoteKey key) => Signatures.Any(s =>
        s.Name == key.Name && s.KeyId == key.Id && Ed25519Key.Verify(key.PublicKey, Encoding.UTF8.GetBytes(Text), s.Signature));

    /// <summary>The note as text.</summary>
    public override string ToString() => $"{Text}\n{string.Concat(Signatures.Select(s => $"{Dash}{s.Name} {s.Encoded}\n"))}";

    private static NoteSignature ParseSignature(string line)
    {
        var parts = line.Split(' ');
        var octets = new byte[line.Length];
        if (parts is not ["—", { Length: > 0 } name, var base64] || !Convert.TryFromBase64String(base64, octets, out var length) || length < 5)
        {
            throw new MalformedException("a signature line of the note cannot be read");
        }

        return new(name, Convert.ToHexStringLower(octets.AsSpan(0, 4)), octets[4..length]);
    }
}

/// <summary>A signature line.</summary>
/// <param name="Name">Name of the key.</param>
/// <param name="KeyId">8 hexadecimal digits.</param>
/// <param name="Signature">The signature.</param>
public sealed record NoteSignature(string Name, string KeyId, byte[] Signature)
{
    internal string Encoded => Convert.ToBase64String([.. Convert.FromHexString(KeyId), .. Signature]);
}

/// <summary>A key that checks notes, in the text form that people exchange (<c>name+id+base64</c>).</summary>
/// <param name="Name">Name of the key.</param>
/// <param name="PublicKey">Ed25519, 32 octets.</param>
public sealed record NoteKey(string Name, byte[] PublicKey)
{
    private const byte Ed25519Type = 1;

    /// <summary>8 hexadecimal digits.</summary>
    public string Id => KeyId(Name, PublicKey);

    /// <summary>Reads the text form.</summary>
    /// <exception cref="MalformedException">Not one, or not of Ed25519.</exception>
    public static NoteKey Parse(string text)
    {
        var octets = new byte[text.Length];
        return text.Trim().Split('+', 3) is [{ Length: > 0 } name, var id, var base64]
            && Convert.TryFromBase64String(base64, octets, out var length) && length == 33 && octets[0] == Ed25519Type
            && new NoteKey(name, octets[1..33]) is var key && key.Id == id
            ? key
            : throw new MalformedException("not a verifier key of a note");
    }

    /// <summary>The text form.</summary>
    public override string ToString() => $"{Name}+{Id}+{Convert.ToBase64String([Ed25519Type, .. PublicKey])}";

    internal static string KeyId(string name, byte[] publicKey) =>
        Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', Ed25519Type, .. publicKey]).AsSpan(0, 4));
}
