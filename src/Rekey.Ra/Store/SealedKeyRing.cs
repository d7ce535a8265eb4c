using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ra.Cmp;

namespace Rekey.Ra.Store;

/// <summary>
/// Seals the keys of cookies and forms before they go into the store, so that whoever gets a copy of the database cannot make a session's cookie.
/// </summary>
internal sealed class KeyRingSealer(SecretBox box) : IXmlEncryptor
{
    /// <summary>What a sealed key belongs to.</summary>
    public static ReadOnlySpan<byte> Context => "data protection key"u8;

    /// <inheritdoc/>
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var octets = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        return new(new XElement("sealed", Convert.ToBase64String(box.Seal(octets, Context))), typeof(KeyRingOpener));
    }
}

/// <summary>Opens what <see cref="KeyRingSealer"/> sealed. Found by its name, which stands beside each sealed key in the store.</summary>
internal sealed class KeyRingOpener(IServiceProvider services) : IXmlDecryptor
{
    /// <inheritdoc/>
    public XElement Decrypt(XElement encryptedElement) => XElement.Parse(Encoding.UTF8.GetString(
        services.GetRequiredService<SecretBox>().Open(Convert.FromBase64String(encryptedElement.Value), KeyRingSealer.Context)));
}
