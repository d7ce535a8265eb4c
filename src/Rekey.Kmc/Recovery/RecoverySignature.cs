using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Kmc.Recovery;

/// <summary>One person's signature under an order, with the certificate that says whose it is.</summary>
/// <param name="Certificate">The signer's certificate.</param>
/// <param name="Signature">Over the order's octets, as <see cref="ISigningKey.Sign"/> makes it with the key's suite.</param>
public sealed record RecoverySignature(Certificate Certificate, byte[] Signature)
{
    private const string Label = "REKEY SIGNATURE";

    /// <summary>Signs an order.</summary>
    public static RecoverySignature Sign(RecoveryOrder order, Certificate certificate, ISigningKey key) => new(certificate, key.Sign(order.ToOctets()));

    /// <summary>Whether the certificate's key signed this order.</summary>
    public bool Verifies(RecoveryOrder order) => Certificate.PublicKey.Verify(Certificate.PublicKey.Suite.SignatureOid, order.ToOctets(), Signature);

    /// <summary>The person: the stable identifier in the certificate's subject, which another account or a renewed certificate does not change; null when it names none.</summary>
    public string? Person => Certificate.Subject.Find(Oids.SubjectSerialNumber);

    /// <summary>PEM: certificate and signature.</summary>
    public string ToPem() => Certificate.ToPem() + PemEncoding.WriteString(Label, Signature) + "\n";

    /// <summary>Reads <see cref="ToPem"/>.</summary>
    /// <exception cref="FormatException">Something else.</exception>
    public static RecoverySignature FromPem(string pem)
    {
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label] is Label)
            {
                return Certificate.FromPem(pem) is [var certificate]
                    ? new(certificate, Convert.FromBase64String(rest[fields.Base64Data].ToString()))
                    : throw new FormatException("a signature comes with the one certificate of its signer");
            }

            rest = rest[fields.Location.End..];
        }

        throw new FormatException("this is no signature under an order");
    }
}
