using System.Formats.Asn1;
using Org.BouncyCastle.Asn1;

namespace Rekey.Pki.Certificates;

/// <summary>The attribute types of names that have a short name here (RFC 4519, X.520).</summary>
public static class AttributeTypes
{
    private static readonly (string Name, string Oid)[] Known =
    [
        ("C", Oids.CountryName), ("ST", Oids.StateName), ("L", Oids.LocalityName), ("O", Oids.OrganizationName),
        ("OU", Oids.OrganizationalUnitName), ("CN", Oids.CommonName), ("serialNumber", Oids.SubjectSerialNumber),
        ("organizationIdentifier", Oids.OrganizationIdentifier), ("SN", "2.5.4.4"), ("GN", "2.5.4.42"), ("title", "2.5.4.12"),
        ("street", "2.5.4.9"), ("postalCode", "2.5.4.17"), ("telephoneNumber", "2.5.4.20"),
        ("UID", "0.9.2342.19200300.100.1.1"), ("DC", "0.9.2342.19200300.100.1.25"), ("E", "1.2.840.113549.1.9.1"),
    ];

    /// <summary>Names by which configuration may call a type.</summary>
    public static IEnumerable<string> Names => Known.Select(k => k.Name);

    internal static Dictionary<string, DerObjectIdentifier> Lookup { get; } =
        Known.ToDictionary(k => k.Name, k => new DerObjectIdentifier(k.Oid), StringComparer.OrdinalIgnoreCase);

    /// <summary>The short name, or the dotted OID when there is none.</summary>
    public static string ShortName(string oid) => Array.Find(Known, k => k.Oid == oid).Name ?? oid;

    /// <summary>The OID of a short name (upper or lower case), or null.</summary>
    public static string? Find(string name) =>
        Array.Find(Known, k => k.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Oid;

    /// <summary>The string type in which X.520 and RFC 5280 want a value of this type.</summary>
    internal static UniversalTagNumber Encoding(string oid) => oid switch
    {
        Oids.CountryName or Oids.SubjectSerialNumber or "2.5.4.20" => UniversalTagNumber.PrintableString,
        "0.9.2342.19200300.100.1.25" or "1.2.840.113549.1.9.1" => UniversalTagNumber.IA5String,
        _ => UniversalTagNumber.UTF8String,
    };
}
