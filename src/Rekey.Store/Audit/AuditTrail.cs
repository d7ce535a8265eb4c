using System.Collections.Concurrent;
using System.Security.Cryptography;
using Rekey.Pki.Notes;

namespace Rekey.Store.Audit;

/// <summary>Where an authority's audit log gets its name and key from.</summary>
/// <param name="Log">Short name of the log: <c>ca</c>, <c>ra</c>, <c>kmc</c>.</param>
/// <param name="Origin">Name of the log and its key to the world, for example <c>pki.example/audit/ca</c>.</param>
/// <param name="Key">Signs checkpoints, and gives the rows' MAC key.</param>
public sealed record AuditOptions(string Log, string Origin, Ed25519Key Key)
{
    /// <summary>The key that checks the log's checkpoints.</summary>
    public NoteKey VerifierKey => new(Origin, Key.PublicKey);
}

/// <summary>
/// Writes audit entries as rows of the acts' own transactions. A process has several writers, each with a chain of its own; an act
/// borrows one until its transaction has ended, so acts never wait for one another, and within a chain the order is that of the
/// commits. One per authority and process.
/// </summary>
public sealed class AuditTrail(AuditOptions options, TimeProvider time)
{
    private readonly ConcurrentBag<AuditWriter> idle = [];
    private readonly byte[] macKey = MacKey(options.Key);

    /// <summary>Name and key.</summary>
    public AuditOptions Options => options;

    /// <summary>Whether the log is being written as it should.</summary>
    public AuditHealth Health { get; } = new(time);

    /// <summary>Released whenever entries were committed; the sequencer waits for it.</summary>
    internal SemaphoreSlim Committed { get; } = new(0, 1);

    internal static byte[] MacKey(Ed25519Key key) => key.DeriveKey("rekey audit row mac v1");

    internal AuditWriter Borrow() => idle.TryTake(out var writer) ? writer : new AuditWriter(Guid.NewGuid());

    internal void Return(AuditWriter writer) => idle.Add(writer);

    internal void Signal()
    {
        try
        {
            Committed.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is going to look anyway.
        }
    }

    /// <summary>Makes the rows of some events in a writer's chain, which advances only when <see cref="AuditWriter.Advance"/> says that they are committed.</summary>
    internal (List<AuditEntryRow> Entries, List<AuditPersonalRow> Personal, AuditWriter.Position End) Rows(AuditWriter writer, IEnumerable<AuditEvent> events)
    {
        var position = writer.Current;
        var entries = new List<AuditEntryRow>();
        var personal = new List<AuditPersonalRow>();
        foreach (var e in events)
        {
            var counter = position.Counter + 1;
            var at = time.GetUtcNow();
            at = at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMicrosecond));
            var commitments = new Dictionary<string, byte[]>();
            foreach (var (field, value) in e.Personal)
            {
                var salt = RandomNumberGenerator.GetBytes(AuditBody.SaltSize);
                commitments.Add(field, AuditBody.Commit(salt, value));
                personal.Add(new() { Writer = writer.Id, Counter = counter, Field = field, Salt = salt, Value = value });
            }

            var body = AuditBody.Write(options.Log, writer.Id, counter, position.Hash, at, e, commitments);
            entries.Add(new()
            {
                Writer = writer.Id,
                Counter = counter,
                At = at,
                Kind = e.Kind,
                Target = e.Target,
                Body = body,
                Mac = HMACSHA256.HashData(macKey, body),
            });
            position = new(counter, MerkleTree.HashLeaf(body));
        }

        return (entries, personal, position);
    }
}

/// <summary>A chain of rows: each names the hash of the one before.</summary>
internal sealed class AuditWriter(Guid id)
{
    public static readonly byte[] Beginning = new byte[MerkleTree.HashSize];

    public Guid Id => id;

    public Position Current { get; private set; } = new(0, Beginning);

    public void Advance(Position end) => Current = end;

    /// <summary>The last committed row's counter and leaf hash.</summary>
    public sealed record Position(long Counter, byte[] Hash);
}
