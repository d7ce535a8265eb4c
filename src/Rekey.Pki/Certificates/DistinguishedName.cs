using System.Formats.Asn1;
using System.Text;

namespace Rekey.Pki.Certificates;

/// <summary>One attribute of a name.</summary>
/// <param name="Oid">Its type.</param>
/// <param name="Value">Its value, as text; what is no string type is shown as <c>#</c> and the hexadecimal of its DER.</param>
public sealed record NameAttribute(string Oid, string Value);

/// <summary>
/// An X.501 name as it stands in a certificate. Two names are equal when their DER is: a CA that writes a name in two encodings
/// breaks RFC 5280 section 4.1.2.6, and comparing octets leaves nothing to argue about.
/// </summary>
public sealed class DistinguishedName : IEquatable<DistinguishedName>
{
    private readonly NameAttribute[] attributes;

    private DistinguishedName(ReadOnlyMemory<byte> encoded, NameAttribute[] attributes)
    {
        Encoded = encoded;
        this.attributes = attributes;
    }

    /// <summary>DER <c>Name</c>.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>All attributes in encoded order.</summary>
    public IReadOnlyList<NameAttribute> Attributes => attributes;

    /// <summary>Whether it has no attribute at all.</summary>
    public bool IsEmpty => attributes.Length == 0;

    /// <summary>Reads a DER <c>Name</c>.</summary>
    /// <exception cref="MalformedException">Not one.</exception>
    public static DistinguishedName FromDer(ReadOnlyMemory<byte> der)
    {
        try
        {
            var reader = new AsnReader(der, AsnEncodingRules.DER);
            var encoded = reader.PeekEncodedValue();
            var rdns = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            var attributes = new List<NameAttribute>();
            while (rdns.HasData)
            {
                var rdn = rdns.ReadSetOf();
                do
                {
                    var pair = rdn.ReadSequence();
                    attributes.Add(new(pair.ReadObjectIdentifier(), ReadText(pair)));
                    pair.ThrowIfNotEmpty();
                }
                while (rdn.HasData);
            }

            return new(encoded, [.. attributes]);
        }
        catch (AsnContentException e)
        {
            throw new MalformedException("a name is not DER", e);
        }
    }

    /// <summary>Builds a name, one attribute per RDN, in the given order (country first, common name last, as is the custom).</summary>
    /// <param name="attributes">Attribute types (dotted OIDs) and values.</param>
    public static DistinguishedName Build(params IEnumerable<NameAttribute> attributes)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var attribute in attributes)
            {
                using (writer.PushSetOf())
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(attribute.Oid);
                    writer.WriteCharacterString(AttributeTypes.Encoding(attribute.Oid), attribute.Value);
                }
            }
        }

        return FromDer(writer.Encode());
    }

    /// <summary>Reads the text form of RFC 4514, for example <c>CN=王敏,O=云泽市图书馆,C=CN</c> (encoded in the reverse order, as the RFC says).</summary>
    /// <exception cref="MalformedException">Not such a text, or an attribute type without a name here.</exception>
    public static DistinguishedName Parse(string text)
    {
        try
        {
            var name = new Org.BouncyCastle.Asn1.X509.X509Name(reverse: true, AttributeTypes.Lookup, text);
            return Build(name.GetOidList().Zip(name.GetValueList(), (oid, value) => new NameAttribute(oid.Id, value)));
        }
        catch (ArgumentException e)
        {
            throw new MalformedException($"\"{text}\" is not a distinguished name", e);
        }
    }

    /// <summary>The first value of an attribute type, or null.</summary>
    public string? Find(string oid) => Array.Find(attributes, a => a.Oid == oid)?.Value;

    /// <summary>The same name with one more attribute at its end.</summary>
    public DistinguishedName With(string oid, string value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            var rdns = new AsnReader(Encoded, AsnEncodingRules.DER).ReadSequence();
            while (rdns.HasData)
            {
                writer.WriteEncodedValue(rdns.ReadEncodedValue().Span); // as they are: their encodings are not ours to change
            }

            using (writer.PushSetOf())
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(oid);
                writer.WriteCharacterString(AttributeTypes.Encoding(oid), value);
            }
        }

        return FromDer(writer.Encode());
    }

    /// <inheritdoc/>
    public bool Equals(DistinguishedName? other) => other is not null && Encoded.Span.SequenceEqual(other.Encoded.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DistinguishedName);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Encoded.Span);
        return hash.ToHashCode();
    }

    /// <summary>RFC 4514 text: most specific attribute first.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var attribute in attributes.Reverse())
        {
            text.Append(text.Length > 0 ? "," : "").Append(AttributeTypes.ShortName(attribute.Oid)).Append('=');
            AppendEscaped(text, attribute.Value);
        }

        return text.ToString();
    }

    private static string ReadText(AsnReader pair)
    {
        var tag = pair.PeekTag();
        return tag.TagClass == TagClass.Universal && Enum.IsDefined((UniversalTagNumber)tag.TagValue) && IsString((UniversalTagNumber)tag.TagValue)
            ? pair.ReadCharacterString((UniversalTagNumber)tag.TagValue)
            : "#" + Convert.ToHexString(pair.ReadEncodedValue().Span);
    }

    private static bool IsString(UniversalTagNumber tag) => tag is UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString
        or UniversalTagNumber.IA5String or UniversalTagNumber.BMPString or UniversalTagNumber.T61String;

    private static void AppendEscaped(StringBuilder text, string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            var special = c is ',' or '+' or '"' or '\\' or '<' or '>' or ';'
                || (i == 0 && c is ' ' or '#') || (i == value.Length - 1 && c == ' ');
            if (c < ' ')
            {
                text.Append('\\').Append(((int)c).ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
                continue;
            }

            text.Append(special ? "\\" : "").Append(c);
        }
    }
}

/// <summary>Something that should be DER of a known structure and is not. Nothing of it may be used.</summary>
public sealed class MalformedException(string message, Exception? inner = null) : Exception(message, inner);
