using System.Security.Cryptography;
using Rekey.Ca.Inner;
using Rekey.Ca.Issuance;
using Rekey.Ca.Signing;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Ra.Cmp;
using Rekey.Store.Keys;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>
/// The steps of RA and CA on one renewal, in their order and by the product's own parts, without what reads and writes stores.
/// </summary>
internal sealed class ServerWork
{
    public const string Profile = "person-signing";
    private const string Subscriber = "YZ-000123";

    private readonly CertificateIssuer issuer;
    private readonly CaIdentity identity;
    private readonly byte[] renewalId = RandomNumberGenerator.GetBytes(16);
    private readonly VerifyMessage verify;

    public ServerWork(TestCa ca)
    {
        Ca = ca;
        issuer = ca.Issuer;
        identity = new(ca.Authority);
        verify = new(new RegistrationAuthorities(ca.Authority, ca.Time), null!); // adopting a foreign certificate needs a store
        var certificate = ca.Authority.RegistrationAuthorities[0];
        var above = ca.Authority.Issuers[0].Certificate;
        Ra = new(CmpSigner.Of(KeyFile.Read(ca.PathOf("ra", "ra.key"), ca.Options.Passphrase), certificate.Encoded.ToArray(), above.Encoded.ToArray()), above.Subject.Encoded.ToArray());
    }

    public TestCa Ca { get; }

    public RaIdentity Ra { get; }

    /// <summary>When set, takes the time of each step.</summary>
    public StepClock? Clock { get; set; }

    /// <summary>Forgets all holders.</summary>
    public static void Forget() => KnownCertificates.Clear();

    /// <summary>kur → kup.</summary>
    public byte[] KeyUpdate(byte[] kur)
    {
        var message = CmpMessage.Parse(kur);
        Clock?.Lap("RA: parse kur");
        var facts = DecideRequest.VerifiedSigner(message);
        Clock?.Lap("RA: verify kur, read its certificate");
        var now = Ca.Time.GetUtcNow();
        var statement = new RaStatement(renewalId, Subscriber, Profile, facts.Subject, now, IdentityVerifiedByMac: false);
        var (inner, signer, stated) = PassToCa(message, statement, "kur");

        var request = VerifyMessage.VerifyRequest(new VerifiedMessage(inner, signer, null, stated));
        Clock?.Lap("CA: verify possession of the new key");
        var prepared = issuer.Prepare(new IssuanceRequest
        {
            Profile = request.Statement.Profile,
            SubjectDer = request.Statement.Subject,
            SubjectPublicKey = request.NewKey,
            SubscriberId = request.Statement.SubscriberId,
            RenewedFrom = signer,
            Now = now,
        });
        Clock?.Lap("CA: build and lint the certificate");
        var certificate = Certificate.FromDer(issuer.Issue(prepared), request.NewKey);
        Clock?.Lap("CA: sign the certificate, read it back");
        var header = CmpHeader.Answering(inner, now) with { ConfirmWaitTime = now.AddDays(7) };
        var above = identity.Above(certificate);
        Clock?.Lap("CA: certificates above it");
        var kup = CmpResponses.Issued(inner, [new(request.Requested.CertReqId, certificate.Encoded.ToArray())], above, header, identity.Signer);
        Clock?.Lap("CA: build and sign kup");
        return kup;
    }

    /// <summary>certConf → pkiConf.</summary>
    public byte[] Confirm(byte[] certConf, byte[] issued)
    {
        var message = CmpMessage.Parse(certConf);
        Clock?.Lap("RA: parse certConf");
        var (inner, _, _) = PassToCa(message, null, "certConf");
        var status = CmpRequests.Confirmations(inner).Single();
        var hash = CryptographicOperations.HashData(SignatureAlgorithms.Find(Certificate.FromDer(issued).SignatureOid)!.Hash, issued);
        if (!CryptographicOperations.FixedTimeEquals(hash, status.CertHash) || !status.Accepted)
        {
            throw new InvalidOperationException("the confirmation is of another certificate");
        }

        Clock?.Lap("CA: compare certHash");
        var pkiConf = CmpResponses.Confirmation(CmpHeader.Answering(inner, Ca.Time.GetUtcNow()), identity.Signer);
        Clock?.Lap("CA: build and sign pkiConf");
        return pkiConf;
    }

    private (CmpMessage Inner, Certificate? Signer, RaStatement? Statement) PassToCa(CmpMessage message, RaStatement? statement, string name)
    {
        var nested = CmpNesting.Wrap(message, statement, Ra.CaName, Ra.Signer, Ca.Time.GetUtcNow());
        Clock?.Lap($"RA: nest and sign {name}");
        var outer = CmpMessage.Parse(nested);
        var inner = VerifyMessage.Unwrap(outer);
        Clock?.Lap($"CA: parse nested {name}");
        var (signer, stated) = verify.VerifyProtection(outer, inner);
        Clock?.Lap($"CA: verify RA and holder of {name}");
        return (inner, signer, stated);
    }
}

/// <summary>A holder's two messages of one renewal, made in advance.</summary>
internal sealed class PreparedExchange
{
    public PreparedExchange(ServerWork work, AlgorithmSuite suite)
    {
        OldKey = SoftwareSigningKey.Generate(suite);
        NewKey = SoftwareSigningKey.Generate(suite);
        var now = work.Ca.Time.GetUtcNow();
        var old = work.Ca.IssuePerson(OldKey.PublicKey, at: now.AddYears(-5).AddDays(30));
        var trust = CmpTrust.FromPem(work.Ca.Authority.Anchors[0].ToPem());
        var exchange = new RenewalExchange(trust, old.Encoded, OldKey, NewKey, old.Subject.Encoded, RandomNumberGenerator.GetBytes(16), work.Ca.Time);
        KeyUpdateRequest = exchange.CertificateRequest();
        KeyUpdateResponse = work.KeyUpdate(KeyUpdateRequest);
        Issued = exchange.ReadCertificateResponse(KeyUpdateResponse).ToArray();
        CertificateConfirmation = exchange.CertificateConfirmation();
        Confirmation = work.Confirm(CertificateConfirmation, Issued);
        exchange.ReadConfirmation(Confirmation);
    }

    public SoftwareSigningKey OldKey { get; }

    public SoftwareSigningKey NewKey { get; }

    public byte[] KeyUpdateRequest { get; }

    public byte[] KeyUpdateResponse { get; }

    public byte[] CertificateConfirmation { get; }

    public byte[] Confirmation { get; }

    public byte[] Issued { get; }
}
