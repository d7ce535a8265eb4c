namespace Rekey.Store.Audit;

/// <summary>
/// A Merkle tree whose hashes lie in tiles of 256 (C2SP tlog-tiles): level 0 holds leaf hashes, level 1 the roots of full level-0
/// tiles, and so on. A tree of millions reads a handful of tiles for a proof and rewrites one per level for a batch.
/// </summary>
/// <param name="size">Leaves.</param>
/// <param name="read">Reads the hashes of a tile, one after the other; empty when there is none.</param>
internal sealed class TiledTree(long size, Func<int, long, CancellationToken, Task<byte[]>> read)
{
    public const int Width = 256;

    private const int LevelsPerTile = 8;
    private readonly Dictionary<(int Level, long Index), byte[]> tiles = [];
    private readonly HashSet<(int Level, long Index)> changed = [];

    public long Size { get; private set; } = size;

    /// <summary>Tiles that <see cref="AppendAsync"/> made or extended.</summary>
    public IEnumerable<(int Level, long Index, byte[] Hashes)> Changed => changed.Select(c => (c.Level, c.Index, tiles[c]));

    public async Task AppendAsync(byte[] leafHash, CancellationToken ct)
    {
        var (hash, position) = (leafHash, Size++);
        for (var level = 0; ; level++)
        {
            var key = (level, position / Width);
            var tile = await TileAsync(key.level, key.Item2, ct);
            if (tile.Length != position % Width * MerkleTree.HashSize)
            {
                throw new InvalidOperationException($"tile {key} of the audit tree has {tile.Length} octets where {position % Width} hashes are expected");
            }

            tiles[key] = [.. tile, .. hash];
            changed.Add(key);
            if (position % Width != Width - 1)
            {
                return;
            }

            hash = Root(tiles[key]);
            position /= Width;
        }
    }

    public async Task<byte[]> RootAsync(CancellationToken ct) => Size == 0 ? MerkleTree.EmptyRoot : await RangeAsync(0, Size, ct);

    /// <summary>Inclusion path of a leaf (RFC 9162 section 2.1.3.1).</summary>
    public async Task<IReadOnlyList<byte[]>> InclusionAsync(long index, CancellationToken ct)
    {
        var proof = new List<byte[]>();
        var (start, end) = (0L, Size);
        while (end - start > 1)
        {
            var middle = start + Split(end - start);
            if (index < middle)
            {
                proof.Add(await RangeAsync(middle, end, ct));
                end = middle;
            }
            else
            {
                proof.Add(await RangeAsync(start, middle, ct));
                start = middle;
            }
        }

        proof.Reverse();
        return proof;
    }

    /// <summary>Consistency path from a smaller tree (RFC 9162 section 2.1.4.1).</summary>
    public async Task<IReadOnlyList<byte[]>> ConsistencyAsync(long oldSize, CancellationToken ct)
    {
        var proof = new List<byte[]>();
        var (start, end, whole) = (0L, Size, true);
        while (end != oldSize)
        {
            var middle = start + Split(end - start);
            if (oldSize <= middle)
            {
                proof.Add(await RangeAsync(middle, end, ct));
                end = middle;
            }
            else
            {
                proof.Add(await RangeAsync(start, middle, ct));
                (start, whole) = (middle, false);
            }
        }

        if (!whole)
        {
            proof.Add(await RangeAsync(start, end, ct));
        }

        proof.Reverse();
        return proof;
    }

    /// <summary>Hash of a leaf.</summary>
    public async Task<byte[]> LeafAsync(long index, CancellationToken ct) => await NodeAsync(0, index, ct);

    private static long Split(long n)
    {
        var k = 1L;
        while (k << 1 < n)
        {
            k <<= 1;
        }

        return k;
    }

    private static byte[] Root(byte[] hashes)
    {
        var level = Enumerable.Range(0, hashes.Length / MerkleTree.HashSize).Select(i => hashes.AsSpan(i * MerkleTree.HashSize, MerkleTree.HashSize).ToArray()).ToList();
        while (level.Count > 1)
        {
            level = level.Chunk(2).Select(p => MerkleTree.HashNode(p[0], p[1])).ToList();
        }

        return level[0];
    }

    /// <summary>Root of the leaves from start to end; start is a multiple of the largest power of two in the range.</summary>
    private async Task<byte[]> RangeAsync(long start, long end, CancellationToken ct)
    {
        var n = end - start;
        if ((n & (n - 1)) == 0)
        {
            return await NodeAsync(System.Numerics.BitOperations.Log2((ulong)n), start / n, ct);
        }

        var middle = start + Split(n);
        var left = await RangeAsync(start, middle, ct);
        var right = await RangeAsync(middle, end, ct);
        return MerkleTree.HashNode(left, right);
    }

    /// <summary>A complete subtree's root: read from its tile, or computed inside one.</summary>
    private async Task<byte[]> NodeAsync(int height, long index, CancellationToken ct)
    {
        var level = height / LevelsPerTile;
        var inside = height % LevelsPerTile;
        var first = index << inside;
        var tile = await TileAsync(level, first / Width, ct);
        var offset = (int)(first % Width) * MerkleTree.HashSize;
        var length = (1 << inside) * MerkleTree.HashSize;
        return offset + length <= tile.Length
            ? Root(tile[offset..(offset + length)])
            : throw new InvalidOperationException($"the audit tree has no node {height}/{index}");
    }

    private async Task<byte[]> TileAsync(int level, long index, CancellationToken ct)
    {
        if (!tiles.TryGetValue((level, index), out var tile))
        {
            tiles[(level, index)] = tile = await read(level, index, ct);
        }

        return tile;
    }
}
