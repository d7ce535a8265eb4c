using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Bench;

/// <summary>
/// Nothing but the cryptographic operations of <see cref="ServerWork"/>, by the platform's own classes, over octets of the same lengths,
/// all keys imported in advance.
/// </summary>
internal sealed class BareCrypto : IDisposable
{
    private readonly List<Holder> holders;
    private readonly Key ra;
    private readonly Key cmp;
    private readonly Key issuing;
    private readonly byte[] nestedRequest;
    private readonly byte[] nestedConfirmation;
    private readonly byte[] raRequestSignature;
    private readonly byte[] raConfirmationSignature;
    private readonly byte[] tbs;
    private readonly byte[] kup;
    private readonly byte[] pkiConf;

    public BareCrypto(ServerWork work, IReadOnlyList<PreparedExchange> exchanges)
    {
        var first = exchanges[0];
        ra = new(work.Ra.Signer.Key);
        cmp = new(work.Ca.Authority.Cmp.Key);
        issuing = new(work.Ca.Authority.Issuers[0].Identity.Key);
        nestedRequest = RandomNumberGenerator.GetBytes(first.KeyUpdateRequest.Length + 300);
        nestedConfirmation = RandomNumberGenerator.GetBytes(first.CertificateConfirmation.Length + 200);
        raRequestSignature = ra.Sign(nestedRequest);
        raConfirmationSignature = ra.Sign(nestedConfirmation);
        tbs = RandomNumberGenerator.GetBytes(first.Issued.Length - 90);
        kup = RandomNumberGenerator.GetBytes(first.KeyUpdateResponse.Length - 1500);
        pkiConf = RandomNumberGenerator.GetBytes(300);
        holders = [.. exchanges.Select(e => new Holder(e))];
    }

    /// <summary>All operations, the keys at hand.</summary>
    public void KeysHeld()
    {
        foreach (var h in holders)
        {
            Operations(h, h.Old, h.New);
        }
    }

    /// <summary>All operations, each holder's two public keys imported first.</summary>
    public void KeysNew()
    {
        foreach (var h in holders)
        {
            using var old = new Key(h.OldSpki);
            using var next = new Key(h.NewSpki);
            Operations(h, old, next);
        }
    }

    public void Dispose()
    {
        ra.Dispose();
        cmp.Dispose();
        issuing.Dispose();
        holders.ForEach(h => h.Dispose());
    }

    private void Operations(Holder h, Key old, Key next)
    {
        Demand(old.Verify(h.Kur, h.KurSignature)); // RA: the holder's protection
        ra.Sign(nestedRequest);
        Demand(ra.Verify(nestedRequest, raRequestSignature)); // CA: the RA's protection
        Demand(old.Verify(h.Kur, h.KurSignature)); // CA: the holder's protection
        Demand(next.Verify(h.Request, h.RequestSignature)); // CA: possession of the new key
        issuing.Sign(tbs);
        cmp.Sign(kup);
        ra.Sign(nestedConfirmation);
        Demand(ra.Verify(nestedConfirmation, raConfirmationSignature));
        Demand(old.Verify(h.Conf, h.ConfSignature));
        cmp.Sign(pkiConf);
    }

    private static void Demand(bool verified)
    {
        if (!verified)
        {
            throw new InvalidOperationException("a signature does not verify");
        }
    }

    private sealed class Holder : IDisposable
    {
        public Holder(PreparedExchange exchange)
        {
            Old = new(exchange.OldKey);
            New = new(exchange.NewKey);
            (OldSpki, NewSpki) = (exchange.OldKey.PublicKey.Spki.ToArray(), exchange.NewKey.PublicKey.Spki.ToArray());
            Kur = RandomNumberGenerator.GetBytes(exchange.KeyUpdateRequest.Length / 2);
            Request = RandomNumberGenerator.GetBytes(exchange.KeyUpdateRequest.Length / 4);
            Conf = RandomNumberGenerator.GetBytes(exchange.CertificateConfirmation.Length / 3);
            (KurSignature, RequestSignature, ConfSignature) = (Old.Sign(Kur), New.Sign(Request), Old.Sign(Conf));
        }

        public Key Old { get; }

        public Key New { get; }

        public byte[] OldSpki { get; }

        public byte[] NewSpki { get; }

        public byte[] Kur { get; }

        public byte[] KurSignature { get; }

        public byte[] Request { get; }

        public byte[] RequestSignature { get; }

        public byte[] Conf { get; }

        public byte[] ConfSignature { get; }

        public void Dispose()
        {
            Old.Dispose();
            New.Dispose();
        }
    }

    private sealed class Key : IDisposable
    {
        private readonly ISigningKey? key;
        private readonly RSA? rsa;
        private readonly ECDsa? ecdsa;

        public Key(ISigningKey key)
            : this(key.PublicKey.Spki.ToArray()) => this.key = key;

        public Key(byte[] spki)
        {
            // The object identifier of rsaEncryption stands at the beginning.
            if (spki.AsSpan(0, 24).IndexOf((ReadOnlySpan<byte>)[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]) > 0)
            {
                rsa = RSA.Create();
                rsa.ImportSubjectPublicKeyInfo(spki, out _);
            }
            else
            {
                ecdsa = ECDsa.Create();
                ecdsa.ImportSubjectPublicKeyInfo(spki, out _);
            }
        }

        // A software key's own method adds nothing to the platform's but a call.
        public byte[] Sign(byte[] data) => key!.Sign(data);

        public bool Verify(byte[] data, byte[] signature) => rsa is not null
            ? rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : ecdsa!.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

        public void Dispose()
        {
            rsa?.Dispose();
            ecdsa?.Dispose();
        }
    }
}
