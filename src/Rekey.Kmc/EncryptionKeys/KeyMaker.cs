using System.Security.Cryptography;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;

namespace Rekey.Kmc.EncryptionKeys;

/// <summary>Generates encryption keys. The private half is in clear for as long as it takes to seal it.</summary>
internal sealed class KeyMaker(KeyVault vault, TimeProvider time)
{
    /// <summary>Kinds of keys that are made here.</summary>
    public static IReadOnlyList<AlgorithmSuite> Kinds { get; } = [AlgorithmSuite.Sm2, AlgorithmSuite.Rsa2048, AlgorithmSuite.Rsa3072, AlgorithmSuite.P256];

    /// <summary>The kind of a name.</summary>
    /// <exception cref="ProblemException">None of <see cref="Kinds"/>.</exception>
    public static AlgorithmSuite Kind(string name) =>
        Kinds.FirstOrDefault(k => k.Name == name) ?? throw new ProblemException(Problems.KeyKindNotMade(name));

    /// <summary>Makes a spare key; it is in no store yet.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="master">The version of the master to seal it under.</param>
    public EncryptionKey Make(AlgorithmSuite kind, int master)
    {
        using var key = SoftwareSigningKey.Generate(kind); // of all kinds here the same pair signs or encrypts; its certificate says which
        var pkcs8 = key.ExportPkcs8();
        try
        {
            var (id, spki) = (Guid.NewGuid(), key.PublicKey.Spki.ToArray());
            return new()
            {
                KeyId = id,
                Kind = kind.Name,
                Spki = spki,
                SpkiSha256 = SHA256.HashData(spki),
                State = KeyState.Spare,
                MasterVersion = master,
                Sealed = vault.Seal(new(id, master, spki), pkcs8),
                GeneratedAt = time.GetUtcNow(),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }
}
