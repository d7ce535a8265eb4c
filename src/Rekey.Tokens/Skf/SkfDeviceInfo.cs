using System.Text;
using Rekey.Pki.Algorithms;

namespace Rekey.Tokens.Skf;

/// <summary>What a device tells about itself (DEVINFO, GM/T 0016-2012 clause 6.4.2).</summary>
/// <param name="Manufacturer">As it names its maker.</param>
/// <param name="SerialNumber">As it numbers itself.</param>
/// <param name="Label">For people.</param>
/// <param name="Symmetric">AlgSymCap.</param>
/// <param name="Asymmetric">AlgAsymCap.</param>
/// <param name="FreeSpace">Octets left for keys, certificates and files.</param>
internal sealed record SkfDeviceInfo(string Manufacturer, string SerialNumber, string Label, ulong Symmetric, ulong Asymmetric, long FreeSpace)
{
    private const ulong Rsa = 0x10000;
    private const ulong AnyUseOfSm2 = 0xF00;
    private const ulong Sm4 = 0x400;
    private const int VersionSize = 2;
    private const int NameSize = 64;
    private const int LabelSize = 32;

    /// <summary>Suites that it can generate keys of and sign with.</summary>
    public IReadOnlyList<AlgorithmSuite> Generates =>
        [.. new[] { (Rsa, AlgorithmSuite.Rsa2048), (AnyUseOfSm2, AlgorithmSuite.Sm2) }.Where(s => (Asymmetric & s.Item1) != 0).Select(s => s.Item2)];

    /// <summary>Suites of encryption keys that it takes in: those of its signing keys, as far as the library has the function. An RSA key comes under SM4.</summary>
    public IReadOnlyList<AlgorithmSuite> Imports(SkfLibrary library) =>
        [.. Generates.Where(s => s == AlgorithmSuite.Sm2 ? library.Has(SkfContainer.ImportSm2) : library.Has(SkfContainer.ImportRsa) && (Symmetric & Sm4) != 0)];

    /// <summary>Reads the structure.</summary>
    public static SkfDeviceInfo Read(SkfAbi abi, ReadOnlySpan<byte> structure)
    {
        var reader = new SkfReader(abi, structure);
        reader.Octets(VersionSize);
        var manufacturer = Text(reader.Octets(NameSize));
        reader.Octets(NameSize); // the issuer
        var (label, serial) = (Text(reader.Octets(LabelSize)), Text(reader.Octets(LabelSize)));
        reader.Octets(2 * VersionSize);
        var symmetric = reader.Ulong();
        var asymmetric = reader.Ulong();
        reader.Ulong(); // hashes
        reader.Ulong(); // the cipher of SKF_DevAuth
        reader.Ulong(); // all space
        return new(manufacturer, serial, label, symmetric, asymmetric, (long)reader.Ulong());
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]).Trim();
    }
}
