using System.Security.Cryptography;

namespace Rekey.Store.Audit;

/// <summary>Merkle tree hashing (RFC 9162 section 2.1) with SHA-256: pure functions over hashes.</summary>
public static class MerkleTree
{
    /// <summary>Octets of a hash.</summary>
    public const int HashSize = 32;

    /// <summary>Root of the empty tree.</summary>
    public static byte[] EmptyRoot => SHA256.HashData([]);

    /// <summary>Hash of a leaf's content.</summary>
    public static byte[] HashLeaf(ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0]);
        hash.AppendData(content);
        return hash.GetHashAndReset();
    }

    /// <summary>Hash of an inner node.</summary>
    public static byte[] HashNode(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> node = stackalloc byte[1 + (2 * HashSize)];
        node[0] = 1;
        left.CopyTo(node[1..]);
        right.CopyTo(node[(1 + HashSize)..]);
        return SHA256.HashData(node);
    }

    /// <summary>Checks that a leaf is in a tree (RFC 9162 section 2.1.3.2).</summary>
    /// <param name="leafHash">Its hash.</param>
    /// <param name="index">Its index.</param>
    /// <param name="size">Leaves of the tree.</param>
    /// <param name="proof">Inclusion path.</param>
    /// <param name="root">The tree's root.</param>
    public static bool VerifyInclusion(byte[] leafHash, long index, long size, IReadOnlyList<byte[]> proof, byte[] root)
    {
        if (index < 0 || index >= size)
        {
            return false;
        }

        var (fn, sn, hash) = (index, size - 1, leafHash);
        foreach (var p in proof)
        {
            if (sn == 0)
            {
                return false;
            }

            if ((fn & 1) == 1 || fn == sn)
            {
                hash = HashNode(p, hash);
                while ((fn & 1) == 0 && fn != 0)
                {
                    (fn, sn) = (fn >> 1, sn >> 1);
                }
            }
            else
            {
                hash = HashNode(hash, p);
            }

            (fn, sn) = (fn >> 1, sn >> 1);
        }

        return sn == 0 && hash.AsSpan().SequenceEqual(root);
    }

    /// <summary>Checks that a tree is the beginning of a larger one (RFC 9162 section 2.1.4.2).</summary>
    /// <param name="oldSize">Leaves of the smaller tree.</param>
    /// <param name="oldRoot">Its root.</param>
    /// <param name="newSize">Leaves of the larger tree.</param>
    /// <param name="newRoot">Its root.</param>
    /// <param name="proof">Consistency path.</param>
    public static bool VerifyConsistency(long oldSize, byte[] oldRoot, long newSize, byte[] newRoot, IReadOnlyList<byte[]> proof)
    {
        if (oldSize <= 0 || oldSize > newSize)
        {
            return oldSize == 0;
        }

        if (oldSize == newSize)
        {
            return proof.Count == 0 && oldRoot.AsSpan().SequenceEqual(newRoot);
        }

        var path = (oldSize & (oldSize - 1)) == 0 ? [oldRoot, .. proof] : proof; // a power of two is a node of the larger tree itself
        if (path.Count == 0)
        {
            return false;
        }

        var (fn, sn) = (oldSize - 1, newSize - 1);
        while ((fn & 1) == 1)
        {
            (fn, sn) = (fn >> 1, sn >> 1);
        }

        var (fr, sr) = (path[0], path[0]);
        foreach (var c in path.Skip(1))
        {
            if (sn == 0)
            {
                return false;
            }

            if ((fn & 1) == 1 || fn == sn)
            {
                (fr, sr) = (HashNode(c, fr), HashNode(c, sr));
                while ((fn & 1) == 0 && fn != 0)
                {
                    (fn, sn) = (fn >> 1, sn >> 1);
                }
            }
            else
            {
                sr = HashNode(sr, c);
            }

            (fn, sn) = (fn >> 1, sn >> 1);
        }

        return sn == 0 && fr.AsSpan().SequenceEqual(oldRoot) && sr.AsSpan().SequenceEqual(newRoot);
    }
}
