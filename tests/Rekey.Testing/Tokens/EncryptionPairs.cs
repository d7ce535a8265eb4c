using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Tokens;

namespace Rekey.Testing.Tokens;

/// <summary>Encryption pairs on tokens, as holders have them before their first renewal here.</summary>
public static class EncryptionPairs
{
    /// <summary>Brings a key in beside a signing pair, in the way that the token takes, and writes its certificate.</summary>
    public static void Put(IToken token, byte[] signingId, byte[] id, string label, SoftwareSigningKey key, byte[] certificate)
    {
        token.ImportEncryptionKey(id, label, Envelope(key, token.BeginImport(signingId)), key.PublicKey.Spki.Span);
        token.WriteCertificate(id, label, certificate);
    }

    /// <summary>A key enveloped for a transport key, in the form that goes with that.</summary>
    public static KeyEnvelope Envelope(SoftwareSigningKey key, byte[] transportSpki)
    {
        using var transport = PublicKey.FromSpki(transportSpki);
        var pkcs8 = key.ExportPkcs8();
        if (transport.Sm2 is null)
        {
            return new(KeyEnvelopeForm.EnvelopedData, WrappedKey.Create(transportSpki, pkcs8, HashAlgorithmName.SHA1).ToDer());
        }

        using var sm2 = Sm2PrivateKey.FromPkcs8(pkcs8);
        return new(KeyEnvelopeForm.Sm2EnvelopedKey, Sm2EnvelopedKey.Create(transport.Sm2, sm2).ToDer());
    }
}
