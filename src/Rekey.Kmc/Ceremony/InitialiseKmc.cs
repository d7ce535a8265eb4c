using Rekey.Kmc.Master;
using Rekey.Pki.Notes;
using Rekey.Store.Keys;

namespace Rekey.Kmc.Ceremony;

/// <summary>What a new centre shall be.</summary>
/// <param name="Directory">Directory for its keys; must not exist, or be empty.</param>
/// <param name="AuditOrigin">Name of its audit log to the world, for example <c>pki.example/audit/kmc</c>.</param>
/// <param name="Passphrase">Of its key files.</param>
public sealed record KmcCeremony(string Directory, string AuditOrigin, string Passphrase)
{
    /// <summary>Whether the passphrase is written beside the keys (mode 0600): where nobody is there to type it.</summary>
    public bool KeepPassphrase { get; init; }

    /// <summary>Makes the safe for the master in a directory; null: files under the passphrase.</summary>
    public Func<string, IMasterSafe>? Safe { get; init; }
}

/// <summary>
/// Makes the keys that only a key-management centre has: the master and the audit key. Its CMP certificate is one of the CA's service
/// certificates. Everything is made in a directory beside the wanted one, which is renamed at the end; it never overwrites.
/// </summary>
public static class InitialiseKmc
{
    /// <summary>Makes them.</summary>
    /// <returns>The audit log's name and public key.</returns>
    /// <exception cref="IOException">The directory is not empty.</exception>
    public static NoteKey Run(KmcCeremony ceremony)
    {
        var target = Path.GetFullPath(ceremony.Directory);
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
        {
            throw new IOException($"{ceremony.Directory}: is not empty; the keys of a centre are made once");
        }

        return CeremonyDirectory.Make(target, work => Make(ceremony, work));
    }

    private static NoteKey Make(KmcCeremony ceremony, string directory)
    {
        using (var masters = new MasterKeys(ceremony.Safe?.Invoke(directory) ?? new MasterFiles(directory, ceremony.Passphrase)))
        {
            masters.Make(1);
        }

        var audit = Ed25519Key.Generate();
        KeyFile.Write(Path.Combine(directory, "audit.key"), audit, ceremony.Passphrase);
        var key = new NoteKey(ceremony.AuditOrigin, audit.PublicKey);
        File.WriteAllText(Path.Combine(directory, "audit.pub"), key + "\n");
        if (ceremony.KeepPassphrase)
        {
            KeyFile.WritePrivate(Path.Combine(directory, "passphrase"), ceremony.Passphrase + "\n");
        }

        return key;
    }
}
