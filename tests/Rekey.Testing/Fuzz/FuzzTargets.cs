using System.Text.Json;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cmp;
using Rekey.Contract.Upstream;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Renewal;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Fuzz;

/// <summary>All readers of what comes from outside, with good inputs made by the product itself.</summary>
internal static class FuzzTargets
{
    private static readonly TestPki Pki = new();

    /// <summary>Every one of them.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } = [.. CmpTargets(), .. CertificateTargets(), .. BridgeTargets(), .. TokenFuzzTargets.All(Pki), .. KmcFuzzTargets.All(Pki)];

    private static IEnumerable<FuzzTarget> CmpTargets()
    {
        using var newKey = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        var old = Pki.Issue("CN=Li Na", Pki.Issuing, AlgorithmSuite.P256);
        var exchange = new RenewalExchange(
            Pki.Trust, old.Der, old.Key, newKey, Certificate.FromDer(old.Der).Subject.Encoded, new byte[16], TimeProvider.System);
        var kur = exchange.CertificateRequest();
        var request = CmpMessage.Parse(kur);
        var issued = Pki.Certify(newKey, "CN=Li Na", Pki.Issuing);
        var kup = CmpResponses.Issued(request, [new(0, issued.Der)], [Pki.Issuing.Der], CmpHeader.Answering(request, Pki.Now), Pki.Cmp);
        exchange.ReadCertificateResponse(kup);
        var certConf = exchange.CertificateConfirmation();
        var pkiConf = CmpResponses.Confirmation(CmpHeader.Answering(CmpMessage.Parse(certConf), Pki.Now), Pki.Cmp);
        var problem = Problems.RenewalEnded();
        var refused = CmpResponses.Error(CmpProblem.Failure(problem), CmpProblem.Text(problem), CmpHeader.Answering(request, Pki.Now), Pki.Cmp);
        var statement = new RaStatement(new byte[16], "YZ00000001", "organisation-signing", Certificate.FromDer(old.Der).Subject.Encoded.ToArray(), Pki.Now, false) { ReceivedAt = Pki.Now };
        var ra = CmpSigner.Of(Pki.RaSigner.Key, Pki.RaSigner.Der, Pki.Issuing.Der);
        var nested = CmpNesting.Wrap(request, statement, Certificate.FromDer(Pki.Issuing.Der).Subject.Encoded.ToArray(), ra, Pki.Now);

        var poll = CmpBuilder.Build(
            CmpHeader.Answering(request, Pki.Now), new PkiBody(PkiBody.TYPE_POLL_REQ, new PollReqContent(DerInteger.Zero)), Pki.Cmp);

        // PBMAC1, and the same with the identifier of PasswordBasedMac, which has other parameters.
        var mac = CmpBuilder.Build(
            CmpHeader.Answering(request, Pki.Now), request.BodyOctets, request.Sender!, "12345678"u8.ToArray(), CmpMac.NewPbmac1(1000), "secret"u8.ToArray());
        var pbm = Convert.FromHexString(Convert.ToHexString(mac).Replace("2A864886F70D01050E", "2A864886F67D07420D", StringComparison.Ordinal));

        yield return new("cmp requests", [kur, certConf, poll, nested, refused, mac, pbm], ReadRequest, typeof(CmpInvalidException), typeof(UnsupportedKeyException), typeof(MalformedException));
        yield return new(
            "cmp answers", [kup, pkiConf, refused],
            octets =>
            {
                var client = new RenewalExchange(Pki.Trust, old.Der, old.Key, old.Key, Certificate.FromDer(old.Der).Subject.Encoded, new byte[16], TimeProvider.System);
                client.CertificateRequest();
                client.ReadCertificateResponse(octets);
            },
            typeof(CmpInvalidException), typeof(CmpRefusedException), typeof(MalformedException));
        yield return new("cmp problem texts", [Utf8(CmpProblem.Text(problem)), Utf8(CmpProblem.Text(Problems.RenewalTooLate(new(2026, 1, 2), 310, 300)))], octets =>
            _ = CmpProblem.Parse(System.Text.Encoding.UTF8.GetString(octets)));
    }

    private static void ReadRequest(byte[] octets)
    {
        var message = CmpMessage.Parse(octets);
        _ = (message.ToString(), message.Version, message.Time, message.Sender, message.Recipient, message.IsMacProtected, message.SenderKeyId);
        foreach (var one in message.ExtraCertificates)
        {
            _ = message.IsSignedBy(Certificate.FromDer(one).PublicKey);
        }

        _ = message.HasMacOf("secret"u8);
        switch (message.Type)
        {
            case var t when t.IsCertificateRequest():
                foreach (var wanted in CmpRequests.Certificates(message).Where(r => r.Spki is not null))
                {
                    _ = wanted.ProvesPossessionOf(PublicKey.FromSpki(wanted.Spki));
                }

                break;
            case CmpBodyType.CertificateConfirmation: _ = CmpRequests.Confirmations(message); break;
            case CmpBodyType.PollRequest: _ = CmpRequests.Poll(message); break;
            case CmpBodyType.RevocationRequest: _ = CmpRequests.Revocations(message); break;
            case CmpBodyType.GeneralMessage: _ = CmpRequests.General(message); break;
            case CmpBodyType.Nested:
                _ = CmpNesting.Statement(message);
                _ = CmpRequests.Nested(message);
                break;
        }
    }

    private static IEnumerable<FuzzTarget> CertificateTargets()
    {
        var leaf = Pki.Issue("CN=Li Na", Pki.Issuing, AlgorithmSuite.Rsa2048).Der;
        var ocsp = new OcspRequest([OcspCertId.Of(Certificate.FromDer(Pki.Issuing.Der), "0102")], new byte[16]).Encode();
        yield return new("certificates", [leaf, Pki.Issuing.Der], octets => _ = Certificate.FromDer(octets).PublicKey, typeof(MalformedException), typeof(UnsupportedKeyException));
        yield return new("certificates from an agent", [leaf, Pki.Issuing.Der], octets => _ = CertificateFacts.Read(octets));
        yield return new("ocsp requests", [ocsp], octets => _ = OcspRequest.Read(octets), typeof(MalformedException));
        yield return new("ocsp answers", [ocsp], octets => _ = OcspResponse.Read(octets), typeof(MalformedException));
        yield return new("crls", [leaf], octets => _ = CertificateRevocationList.Read(octets), typeof(MalformedException));
    }

    private static IEnumerable<FuzzTarget> BridgeTargets()
    {
        var leaf = Convert.ToBase64String(Pki.Issue("CN=Li Na", Pki.Issuing, AlgorithmSuite.P256).Der);
        var token = new TokenSummary("pkcs11", "SoftHSM", "SoftHSM v2", "0123", "Yunze 1", "libsofthsm2.so");
        AgentEvent[] events =
        [
            new CertificatesEvent([token], [new CertificateSummary(leaf, 0)], [new ResumableRenewal(new string('a', 32), 0, null)]),
            new PreflightEvent(new string('a', 64), [new(PreflightKind.Room, PreflightOutcome.Failed, WireProblem.Of(Problems.TokenFull()))]),
            new AgentStepEvent(AgentStep.KeyReady), new PinWrongEvent(3), new RemovedEvent("0123"), new InsertedEvent(token),
            new FailedEvent(WireProblem.Of(Problems.TokenRemoved())),
        ];
        yield return Json("bridge events", BridgeJson.Default.AgentEvent, events);
        yield return Json("bridge sessions", BridgeJson.Default.CreateSession, new CreateSession(SessionPurpose.Renew, "https://site.example/"));
        yield return Json("bridge choices", BridgeJson.Default.SelectCertificate, new SelectCertificate(new string('a', 64)));
        yield return Json("bridge attachments", BridgeJson.Default.Attach, new Attach(new string('A', 43), "0.1.0", [1]));
        yield return Json("bridge commands", BridgeJson.Default.AgentCommands, new AgentCommands(
            [new(1, new PreflightCommand(new string('a', 64), "P-256")), new(2, new RenewCommand(new string('a', 64), new string('b', 32), "MAA=", "P-256", true, Remove: [new string('c', 64)]))]));
        yield return Json("bridge problems", BridgeJson.Default.ProblemDocument, new ProblemDocument("about:blank", "x", 409, "", "RK-1002", WireProblem.Of(Problems.TokenRemoved())));
        yield return Json(
            "dates of relying parties", NeedJson.Default.NeedWish,
            new NeedWish(new(Sha256: new string('a', 64)), new(2027, 3, 31), "bids"), new NeedWish(new(Issuer: "MAA=", Serial: "01"), new(2027, 3, 31), "bids"), new NeedWish(new(Subscriber: "YZ1"), new(2027, 3, 31), "bids"));
        yield return Json<IReadOnlyList<CaEvent>>("events of the CA", UpstreamJson.Default.IReadOnlyListCaEvent, (CaEvent[])[new(1, CaEventKind.Issued, Pki.Now, new byte[32], new byte[40], new byte[16], "YZ1", "p", null)]);
    }

    private static FuzzTarget Json<T>(string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, params T[] good) => new(
        name, [.. good.Select(g => JsonSerializer.SerializeToUtf8Bytes(g, type))], octets => _ = JsonSerializer.Deserialize(octets, type), typeof(JsonException), typeof(NotSupportedException));

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
