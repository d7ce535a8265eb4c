using Rekey.Kmc.HandOut;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Tokens;

namespace Rekey.Testing.Tokens;

/// <summary>Encryption pairs on tokens, as holders have them before their first renewal here.</summary>
public static class EncryptionPairs
{
    /// <summary>Brings a key in beside a signing pair, in the way that the token takes, and writes its certificate.</summary>
    public static void Put(IToken token, byte[] signingId, byte[] id, string label, SoftwareSigningKey key, byte[] certificate)
    {
        token.ImportEncryptionKey(id, label, Envelope(key, token.BeginImport(signingId), token.ListPairs().Single(p => p.Id.AsSpan().SequenceEqual(signingId)).Spki), key.PublicKey.Spki.Span);
        token.WriteCertificate(id, label, certificate);
    }

    /// <summary>A key enveloped for a transport key, as the key-management centre does.</summary>
    public static KeyEnvelope Envelope(SoftwareSigningKey key, byte[] transportSpki, byte[]? signingSpki)
    {
        using var transport = PublicKey.FromSpki(transportSpki);
        using var signing = signingSpki is null ? null : PublicKey.FromSpki(signingSpki);
        return TransportRule.Wrap(key.ExportPkcs8(), transport, signing);
    }
}
