using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Store.Keys;

namespace Rekey.Ca.Ceremony;

/// <summary>
/// The directory of a CA: <c>certificates/</c> and <c>crl/</c> are public, <c>keys/</c> is the service's, <c>root/</c> goes to a
/// safe and <c>ra/</c> to the RA's host after the ceremony.
/// </summary>
internal sealed class CaDirectory(string root)
{
    public string Path(params string[] parts)
    {
        var path = System.IO.Path.Combine([root, .. parts]);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }

    public void WriteIdentity(string name, Certificate certificate, SoftwareSigningKey? key, string passphrase, string folder = "keys")
    {
        File.WriteAllText(Path("certificates", $"{name}.pem"), certificate.ToPem());
        if (key is not null) // else it is in an HSM
        {
            KeyFile.Write(Path(folder, $"{name}.key"), key, passphrase);
        }
    }

    public void WriteChain(IEnumerable<Certificate> chain) =>
        File.WriteAllText(Path("certificates", "chain.pem"), string.Concat(chain.Select(c => c.ToPem())));

    public void WriteCrl(string name, byte[] crl) => File.WriteAllBytes(Path("crl", $"{name}.crl"), crl);

    public void WriteText(string name, string text) => File.WriteAllText(Path(name), text);
}
