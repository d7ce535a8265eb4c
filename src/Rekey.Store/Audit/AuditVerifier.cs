using System.Security.Cryptography;
using System.Text.Json;
using Rekey.Pki.Certificates;
using Rekey.Pki.Notes;

namespace Rekey.Store.Audit;

/// <summary>Something wrong in an export.</summary>
/// <param name="Entry">Index of the entry, or null when it is about the whole.</param>
/// <param name="Text">What, in English.</param>
public sealed record AuditFinding(long? Entry, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Entry is { } index ? $"entry {index}: {Text}" : Text;
}

/// <summary>Outcome of a verification.</summary>
/// <param name="Entries">Entries read.</param>
/// <param name="Checkpoints">Checkpoints whose signature and root are right.</param>
/// <param name="Erased">Personal values that were erased, which is allowed.</param>
/// <param name="Findings">What is wrong; empty when all is well.</param>
public sealed record AuditReport(long Entries, int Checkpoints, int Erased, IReadOnlyList<AuditFinding> Findings)
{
    /// <summary>Whether all is well.</summary>
    public bool IsClean => Findings.Count == 0;
}

/// <summary>
/// Verifies an export without database and network, with nothing but the log's public key: signatures of checkpoints, the tree
/// under each of them, the chain of each writer, commitments of personal data. Names the entry that was changed.
/// </summary>
/// <param name="key">The log's key.</param>
/// <param name="known">Checkpoints that the verifier kept from earlier, as notes: they show a log that was cut short or rewritten.</param>
/// <param name="signingKey">With the log's private key the rows' MACs are checked too.</param>
public sealed class AuditVerifier(NoteKey key, IEnumerable<string>? known = null, Ed25519Key? signingKey = null)
{
    private readonly List<AuditFinding> findings = [];
    private readonly SortedDictionary<long, List<byte[]>> heads = [];
    private readonly Dictionary<Guid, (long Counter, byte[] Hash, long Entry)> writers = [];
    private readonly CompactRange stored = new();
    private readonly CompactRange actual = new();
    private readonly HashSet<long> changed = [];
    private int erased;
    private long lastGood;

    /// <summary>Verifies. An instance is used once.</summary>
    public AuditReport Verify(Stream export)
    {
        foreach (var note in known ?? [])
        {
            AddHead(note, "a checkpoint kept from earlier");
        }

        using var reader = new StreamReader(export);
        var next = 0L;
        var good = 0;
        while (reader.ReadLine() is { } text)
        {
            if (Parse(text) is not { } line)
            {
                findings.Add(new(next, "the line cannot be read"));
                continue;
            }

            if (line.Checkpoint is { } note)
            {
                AddHead(note, "a checkpoint");
                continue;
            }

            if (line.Entry != next)
            {
                findings.Add(new(next, $"is missing; the next line is entry {line.Entry}"));
                break; // every later place in the tree is wrong now; nothing more can be said
            }

            Entry(next, line);
            next++;
            good += Heads(next);
        }

        foreach (var size in heads.Keys.Where(s => s > next))
        {
            findings.Add(new(null, $"a checkpoint of {size} entries exists, but only {next} entries are here"));
        }

        return new(next, good, erased, findings);
    }

    private static AuditExportLine? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, AuditExportJson.Default.AuditExportLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void AddHead(string note, string what)
    {
        try
        {
            var checkpoint = Checkpoint.Verify(note, key);
            if (!heads.TryGetValue(checkpoint.Size, out var roots))
            {
                heads[checkpoint.Size] = roots = [];
            }

            roots.Add(checkpoint.Root);
        }
        catch (MalformedException e)
        {
            findings.Add(new(null, $"{what} cannot be used: {e.Message}"));
        }
    }

    private void Entry(long index, AuditExportLine line)
    {
        var body = line.Body ?? [];
        var hash = MerkleTree.HashLeaf(body);
        stored.Append(line.Leaf ?? hash);
        actual.Append(hash);
        if (line.Leaf is { } leaf && !leaf.AsSpan().SequenceEqual(hash))
        {
            Changed(index, "was changed: its content is not what the tree holds");
        }

        if (signingKey is not null && !HMACSHA256.HashData(AuditTrail.MacKey(signingKey), body).AsSpan().SequenceEqual(line.Mac))
        {
            Changed(index, "was changed: its MAC is wrong");
        }

        if (AuditBody.Read(body) is not { } facts)
        {
            Changed(index, "was changed: it cannot be read");
            return;
        }

        if (!changed.Contains(index))
        {
            Chain(index, facts, hash);
            Personal(index, facts, line);
        }
    }

    private void Chain(long index, AuditBodyFacts facts, byte[] hash)
    {
        var before = writers.TryGetValue(facts.Writer, out var found) ? found : (Counter: 0, Hash: AuditWriter.Beginning, Entry: -1);
        var missing = facts.Counter - before.Counter - 1;
        if (missing > 0 && changed.Count(c => c > before.Entry && c < index) >= missing)
        {
            // What is missing stands there, changed, and is named already.
        }
        else if (missing != 0)
        {
            findings.Add(new(index, $"does not follow: its writer's entry {before.Counter + 1} is missing"));
        }
        else if (!facts.Previous.AsSpan().SequenceEqual(before.Hash) && !changed.Contains(before.Entry) && !changed.Contains(index))
        {
            // The later entry remembers another predecessor than the one that stands there.
            Changed(before.Entry >= 0 ? before.Entry : index, "was changed: the next entry of its writer remembers it differently");
        }

        writers[facts.Writer] = (facts.Counter, hash, index);
    }

    private void Personal(long index, AuditBodyFacts facts, AuditExportLine line)
    {
        foreach (var (field, commitment) in facts.Personal)
        {
            if (line.Personal?.TryGetValue(field, out var value) != true || value is null)
            {
                erased++;
            }
            else if (!AuditBody.Commit(value.Salt, value.Value).AsSpan().SequenceEqual(commitment))
            {
                findings.Add(new(index, $"the value of {field} beside it was changed"));
            }
        }
    }

    /// <summary>Compares the tree with the checkpoints of this size.</summary>
    private int Heads(long size)
    {
        if (!heads.TryGetValue(size, out var roots))
        {
            return 0;
        }

        var (storedRoot, actualRoot) = (stored.Root(), actual.Root());
        foreach (var root in roots)
        {
            if (root.AsSpan().SequenceEqual(storedRoot) || root.AsSpan().SequenceEqual(actualRoot))
            {
                continue;
            }

            // What stands between the last checkpoint that is right and this one; a single entry is then named.
            findings.Add(new(
                size - lastGood == 1 ? lastGood : null,
                $"the {size} entries up to here are not those of the checkpoint of {size} entries; up to {lastGood} they are"));
            return 0;
        }

        lastGood = size;
        return roots.Count;
    }

    private void Changed(long index, string text)
    {
        if (changed.Add(index))
        {
            findings.Add(new(index, text));
        }
    }

    /// <summary>Roots of a growing tree, from its right edge alone.</summary>
    private sealed class CompactRange
    {
        private readonly Stack<(long Size, byte[] Hash)> edge = new();

        public void Append(byte[] leaf)
        {
            var (size, hash) = (1L, leaf);
            while (edge.TryPeek(out var left) && left.Size == size)
            {
                edge.Pop();
                (size, hash) = (size * 2, MerkleTree.HashNode(left.Hash, hash));
            }

            edge.Push((size, hash));
        }

        public byte[] Root() => edge.Skip(1).Aggregate(edge.Peek().Hash, (right, left) => MerkleTree.HashNode(left.Hash, right));
    }
}
