using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Tokens;

/// <summary>
/// The CA behind an agent under test: real messages, signatures and the rules for repeats (R1–R4), kept in memory. It answers what the
/// product's CA would answer and throws on what an agent must never send.
/// </summary>
public sealed class CmpDouble(TestPki pki)
{
    private readonly Lock gate = new();
    private readonly TokenCertificates certificates = new(pki);
    private readonly Dictionary<string, (byte[] Request, byte[] Answer, byte[] Nonce, IReadOnlyList<byte[]> Certificates)> transactions = [];
    private readonly Dictionary<string, byte[]> bySpki = [];
    private readonly Dictionary<string, (byte[] Pkcs8, byte[] Certificate)> encryptionBySpki = [];
    private readonly HashSet<string> confirmed = [];

    /// <summary>When set, the answer to every kur.</summary>
    public Problem? Refusal { get; set; }

    /// <summary>How many messages, of any kind, are answered first with "cannot now".</summary>
    public int Busy { get; set; }

    /// <summary>When set, who signs answers instead of the CA.</summary>
    public CmpSigner? Signer { get; set; }

    /// <summary>Certificates issued; never more than one for a key.</summary>
    public IReadOnlyCollection<byte[]> Issued
    {
        get
        {
            lock (gate)
            {
                return [.. bySpki.Values];
            }
        }
    }

    /// <summary>Transactions begun.</summary>
    public int Transactions
    {
        get
        {
            lock (gate)
            {
                return transactions.Count;
            }
        }
    }

    public bool IsConfirmed(ReadOnlySpan<byte> certificate)
    {
        var hash = Convert.ToHexString(SHA256.HashData(certificate));
        lock (gate)
        {
            return confirmed.Contains(hash);
        }
    }

    /// <summary>Answers a message.</summary>
    public byte[] Answer(byte[] encoded)
    {
        var message = CmpMessage.Parse(encoded);
        var signer = Certificate.FromDer(message.ExtraCertificates[0]);
        Demand(message.IsSignedBy(signer.PublicKey), "the protection does not verify");
        Demand(signer.Issuer.Equals(Certificate.FromDer(pki.Issuing.Der).Subject), "the signer is not one of ours");
        lock (gate)
        {
            if (Busy > 0)
            {
                Busy--;
                var busy = Problems.CaNotAnswering();
                return CmpResponses.Error(CmpProblem.Failure(busy), CmpProblem.Text(busy), CmpHeader.Answering(message, pki.Now), Signer ?? pki.Cmp);
            }

            return message.Type switch
            {
                CmpBodyType.KeyUpdateRequest => KeyUpdate(message, signer),
                CmpBodyType.CertificateConfirmation => Confirm(message),
                var type => throw new InvalidOperationException($"an agent does not send {type}"),
            };
        }
    }

    private byte[] KeyUpdate(CmpMessage message, Certificate signer)
    {
        var transaction = Convert.ToHexString(message.TransactionId!);
        if (transactions.TryGetValue(transaction, out var known))
        {
            Demand(known.Request.AsSpan().SequenceEqual(message.Encoded.Span), "R2: other octets in a known transaction");
            return known.Answer; // R1
        }

        var header = CmpHeader.Answering(message, pki.Now);
        if (Refusal is { } refusal)
        {
            return CmpResponses.Error(CmpProblem.Failure(refusal), CmpProblem.Text(refusal), header, Signer ?? pki.Cmp);
        }

        var requests = CmpRequests.Certificates(message);
        var request = requests[0];
        Demand(request.OldCertificate?.Serial == signer.SerialHex, "oldCertID is not the signer");
        var key = Rekey.Pki.Algorithms.PublicKey.FromSpki(request.Spki);
        Demand(request.ProvesPossessionOf(key), "the proof of possession does not verify");
        var spki = Convert.ToHexString(request.Spki!);
        if (!bySpki.TryGetValue(spki, out var certificate))
        {
            bySpki[spki] = certificate = certificates.Issue(request.Spki, name: new X500DistinguishedName(request.Subject!));
        }

        IssuedCertificate[] issued = [new(0, certificate), .. requests.Skip(1).Select(half => Encryption(half, spki))];
        var answer = CmpResponses.Issued(message, issued, [pki.Issuing.Der], header, Signer ?? pki.Cmp);
        transactions[transaction] = (message.Encoded.ToArray(), answer, header.SenderNonce, [.. issued.Select(i => i.Der)]);
        return answer;
    }

    /// <summary>What the key-management centre does: an SM2 key for each signing key, enveloped anew for each request until it is confirmed.</summary>
    private IssuedCertificate Encryption(RequestedCertificate half, string signingSpki)
    {
        Demand(half.AsksForKey, "the second request brings a key of its own");
        if (!encryptionBySpki.TryGetValue(signingSpki, out var known))
        {
            using var made = Sm2PrivateKey.Generate();
            known = (made.ExportPkcs8(), certificates.Issue(made.PublicKey.ToSpki(), usage: X509KeyUsageFlags.KeyAgreement, name: new X500DistinguishedName(half.Subject!)));
            encryptionBySpki[signingSpki] = known;
        }

        if (confirmed.Contains(Convert.ToHexString(SHA256.HashData(known.Certificate))))
        {
            return new(half.CertReqId, known.Certificate);
        }

        using var key = Sm2PrivateKey.FromPkcs8(known.Pkcs8);
        var envelope = Sm2EnvelopedKey.Create(Sm2PublicKey.FromSpki(half.TransportSpki), key);
        return new(half.CertReqId, known.Certificate, new(KeyEnvelopeForm.Sm2EnvelopedKey, envelope.ToDer()));
    }

    private byte[] Confirm(CmpMessage message)
    {
        var known = transactions[Convert.ToHexString(message.TransactionId!)];
        Demand(known.Nonce.AsSpan().SequenceEqual(message.RecipientNonce), "recipNonce is not that of the answer");
        var statuses = CmpRequests.Confirmations(message);
        Demand(
            statuses.All(s => s.Accepted) && statuses.Select(s => Convert.ToHexString(s.CertHash)).SequenceEqual(known.Certificates.Select(c => Convert.ToHexString(SHA256.HashData(c)))),
            "other certificates are confirmed");
        confirmed.UnionWith(statuses.Select(s => Convert.ToHexString(s.CertHash)));
        return CmpResponses.Confirmation(CmpHeader.Answering(message, pki.Now), Signer ?? pki.Cmp);
    }

    private static void Demand(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidOperationException(otherwise);
        }
    }
}
