using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Rekey.Ca.Publish;

/// <summary>
/// Signed answers by the request's octets. An answer hangs on the cell of its certificate; a change spoils the cell, and with it
/// every answer that was or is being made from what the store said before.
/// </summary>
internal sealed class OcspCache
{
    // Some 600 MB at most; whoever has more certificates in use at once has more memory too, and an HTTP cache before this.
    private const int MostAnswers = 250_000;

    private readonly ConcurrentDictionary<byte[], Answer> answers = new(Octets.Instance);
    private readonly ConcurrentDictionary<byte[], Answer>.AlternateLookup<ReadOnlySpan<byte>> bySpan;
    private readonly ConcurrentDictionary<StatusChanged, Cell> cells = new();

    public OcspCache() => bySpan = answers.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>A usable answer to a request.</summary>
    public bool TryGet(ReadOnlySpan<byte> request, DateTimeOffset now, [NotNullWhen(true)] out Answer? answer) =>
        bySpan.TryGetValue(request, out answer) && !answer.Cell.IsSpoilt && now < answer.RefreshAt;

    /// <summary>The cell of a certificate; take it before reading its status.</summary>
    public Cell CellOf(string issuer, string serialHex) => cells.GetOrAdd(new(issuer, serialHex), static _ => new());

    public void Add(byte[] request, Answer answer)
    {
        if (answers.Count >= MostAnswers)
        {
            Clear();
        }

        answers[request] = answer;
    }

    public void Spoil(StatusChanged changed)
    {
        if (cells.TryRemove(changed, out var cell))
        {
            cell.Spoil();
        }
    }

    /// <summary>Forgets everything, for example after changes may have been missed.</summary>
    public void Clear()
    {
        answers.Clear();
        foreach (var cell in cells.Values)
        {
            cell.Spoil();
        }

        cells.Clear();
    }

    /// <summary>What is known of a certificate's status, until it changes.</summary>
    internal sealed class Cell
    {
        private volatile bool spoilt;

        public bool IsSpoilt => spoilt;

        public void Spoil() => spoilt = true;
    }

    /// <summary>An answer with its HTTP headers, made once.</summary>
    internal sealed record Answer(byte[] Der, Cell Cell, DateTimeOffset RefreshAt, string ETag, string LastModified, string Expires);

    private sealed class Octets : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Octets Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode); // seeded per process, so nobody can make requests collide
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
