namespace Rekey.Kmc.Master;

/// <summary>Where the versions of the master are when the service does not run: in files under a passphrase, or under a key of an HSM.</summary>
public interface IMasterSafe
{
    /// <summary>The versions that are there, lowest first.</summary>
    IReadOnlyList<int> Versions { get; }

    /// <summary>Takes a version out.</summary>
    /// <returns>32 octets in clear; the caller clears them.</returns>
    /// <exception cref="Pki.Keys.PrivateKeyException">Not there, or it cannot be opened; the message names the file.</exception>
    byte[] Read(int version);

    /// <summary>Puts a new version in; durable when it returns.</summary>
    /// <param name="version">Must not be there yet.</param>
    /// <param name="master">32 octets; the caller clears them.</param>
    /// <exception cref="IOException">It is there already, or cannot be written.</exception>
    void Write(int version, ReadOnlySpan<byte> master);
}
