using System.Globalization;
using Rekey.Store.Keys;

namespace Rekey.Kmc.Master;

/// <summary>Names of the files of a safe, one for each version: <c>master-1.key</c>.</summary>
/// <param name="directory">Where they are.</param>
internal sealed class MasterFileNames(string directory)
{
    private const string Prefix = "master-";
    private const string Suffix = ".key";

    public IReadOnlyList<int> Versions => !Directory.Exists(directory) ? [] :
    [
        .. Directory.EnumerateFiles(directory, $"{Prefix}*{Suffix}").Select(Path.GetFileName)
            .Select(f => int.TryParse(f![Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
            .Where(v => v > 0).Order(),
    ];

    public string Of(int version) => Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{version}{Suffix}"));
}

/// <summary>The master in files, each encrypted under the passphrase of the service's keys.</summary>
/// <param name="directory">Where they are.</param>
/// <param name="passphrase">The passphrase.</param>
public sealed class MasterFiles(string directory, string passphrase) : IMasterSafe
{
    private readonly MasterFileNames names = new(directory);

    /// <inheritdoc/>
    public IReadOnlyList<int> Versions => names.Versions;

    /// <inheritdoc/>
    public byte[] Read(int version) => SymmetricKeyFile.Read(names.Of(version), passphrase);

    /// <inheritdoc/>
    public void Write(int version, ReadOnlySpan<byte> master) => SymmetricKeyFile.Write(names.Of(version), master, passphrase);
}
