using Rekey.Store.Audit;

namespace Rekey.Tests.Store;

/// <summary>Against the tree of the Certificate Transparency project's own tests (eight leaves), then against every size up to 1,100.</summary>
public sealed class MerkleTreeTests
{
    private static readonly string[] Leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] Roots =
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    private static readonly int[] OldSizes = [1, 2, 3, 128, 255, 256, 257, 512, 699];

    private readonly Dictionary<(int, long), byte[]> tiles = [];

    [Fact]
    public async Task The_roots_are_those_of_the_reference_tree()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Convert.ToHexStringLower(MerkleTree.EmptyRoot));
        var tree = Tree(0);
        foreach (var (leaf, root) in Leaves.Zip(Roots))
        {
            await tree.AppendAsync(MerkleTree.HashLeaf(Convert.FromHexString(leaf)), CancellationToken.None);
            Assert.Equal(root, Convert.ToHexStringLower(await tree.RootAsync(CancellationToken.None)));
        }
    }

    [Fact]
    public async Task The_proofs_are_those_of_the_reference_tree()
    {
        var tree = Tree(0);
        foreach (var leaf in Leaves)
        {
            await tree.AppendAsync(MerkleTree.HashLeaf(Convert.FromHexString(leaf)), CancellationToken.None);
        }

        Assert.Equal(
            ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"],
            (await tree.InclusionAsync(0, CancellationToken.None)).Select(Convert.ToHexStringLower));
        Assert.Equal(
            ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
            (await tree.ConsistencyAsync(6, CancellationToken.None)).Select(Convert.ToHexStringLower));
    }

    [Fact]
    public async Task Every_proof_of_trees_beyond_one_tile_verifies_and_no_other_does()
    {
        var tree = Tree(0);
        var roots = new List<byte[]> { MerkleTree.EmptyRoot };
        for (var i = 0; i < 700; i++)
        {
            await tree.AppendAsync(MerkleTree.HashLeaf(BitConverter.GetBytes(i)), CancellationToken.None);
            roots.Add(await tree.RootAsync(CancellationToken.None));
        }

        foreach (var (level, index, hashes) in tree.Changed)
        {
            tiles[(level, index)] = hashes;
        }

        foreach (var size in new[] { 1, 2, 3, 255, 256, 257, 511, 512, 513, 700 })
        {
            var view = Tree(size);
            Assert.Equal(roots[size], await view.RootAsync(CancellationToken.None));
            foreach (var index in new[] { 0, 1, size / 3, size / 2, size - 1 }.Where(i => i < size).Distinct())
            {
                var proof = await view.InclusionAsync(index, CancellationToken.None);
                var leaf = MerkleTree.HashLeaf(BitConverter.GetBytes(index));
                Assert.True(MerkleTree.VerifyInclusion(leaf, index, size, proof, roots[size]), $"{index} in {size}");
                Assert.False(MerkleTree.VerifyInclusion(leaf, index + 1, size, proof, roots[size]), $"{index + 1} in {size}");
                Assert.False(MerkleTree.VerifyInclusion(leaf, index, size, proof, roots[size - 1]), $"{index} in another tree");
            }

            foreach (var old in OldSizes.Where(o => o <= size))
            {
                var proof = await view.ConsistencyAsync(old, CancellationToken.None);
                Assert.True(MerkleTree.VerifyConsistency(old, roots[old], size, roots[size], proof), $"{old} to {size}");
                Assert.False(MerkleTree.VerifyConsistency(old, roots[old - 1], size, roots[size], proof), $"wrong {old} to {size}");
            }
        }
    }

    private TiledTree Tree(long size) => new(size, (level, index, _) => Task.FromResult(tiles.GetValueOrDefault((level, index), [])));
}
