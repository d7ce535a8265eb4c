using System.Security.Cryptography;
using System.Text;
using Rekey.Kmc.Custody;
using Rekey.Kmc.Recovery;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Pki.Sm2Messages;
using Rekey.Testing.Kmc;
using Rekey.Testing.Pki;

namespace Rekey.Testing.Fuzz;

/// <summary>Readers of what goes between CA and key-management centre, to tokens, and from hand to hand among custodians.</summary>
internal static class KmcFuzzTargets
{
    public static IEnumerable<FuzzTarget> All(TestPki pki)
    {
        using var transport = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
        var holder = new TestHolder(pki);
        var name = Certificate.FromDer(pki.Issuing.Der).Subject.Encoded.ToArray();
        var order = holder.Order(AlgorithmSuite.P256).Wrap(holder.Request(transport.PublicKey), name, pki.Cmp, pki.Now);
        var question = CmpMessage.Parse(order);
        var notice = new KeyNotice(holder.OrderId, 1, KeyOrderEnd.Confirmed).ToMessage(new(3, name, holder.OrderId, null, pki.Now), pki.Cmp);
        var wrapped = WrappedKey.Create(transport.PublicKey.Spki, holder.NewKey.ExportPkcs8(), HashAlgorithmName.SHA256).ToDer();
        var answer = new HandedOutKey(holder.OrderId, 1, holder.NewKey.PublicKey.Spki.ToArray(), new(KeyEnvelopeForm.EnvelopedData, wrapped), 1)
            .ToMessage(CmpHeader.Answering(question, pki.Now), pki.Cmp);
        var centre = new PinnedSigner(
            Certificate.FromDer(pki.CmpSigner.Der), Oids.CmcCa, new([Certificate.FromDer(pki.Root.Der)], [Certificate.FromDer(pki.Issuing.Der)]));
        var recovery = new RecoveryOrder(new byte[16], RecoveryKind.Holder, "YZ-000123", Guid.NewGuid(), new byte[32], "lost", pki.Now, pki.Now.AddHours(1));
        var signature = RecoverySignature.Sign(recovery, Certificate.FromDer(holder.Old.Der), holder.OldKey).ToPem();
        var share = MasterShare.For(1, new byte[32], 3, 1, new byte[32], transport.PublicKey).ToPem();

        var asked = CmpMessage.Parse(new RecoveriesQuestion([holder.OrderId]).ToMessage(new(3, name, holder.OrderId, null, pki.Now), pki.Cmp));
        var recovered = new RecoveriesAnswer([new(holder.OrderId, "YZ-000123", new byte[32], pki.Now)]).ToMessage(CmpHeader.Answering(asked, pki.Now), pki.Cmp);

        yield return new("key orders", [order, notice, asked.Encoded.ToArray()], octets =>
        {
            var message = CmpMessage.Parse(octets);
            _ = message.Type == CmpBodyType.Nested ? KeyOrder.Read(message).Kind
                : RecoveriesQuestion.TryRead(message)?.ToString() ?? KeyNotice.Read(message).End.ToString();
        }, typeof(CmpInvalidException));
        yield return new(
            "recoveries", [recovered], octets => RecoveriesAnswer.Read(CmpMessage.Parse(octets), centre, asked, pki.Now),
            typeof(CmpInvalidException), typeof(CmpRefusedException));
        yield return new(
            "handed-out keys", [answer], octets => HandedOutKey.Read(CmpMessage.Parse(octets), centre, question, pki.Now),
            typeof(CmpInvalidException), typeof(CmpRefusedException));
        var open = new OpenOrdersQuestion(pki.Now, 3).ToMessage(new(2, name, holder.OrderId, null, pki.Now), pki.Cmp);
        var listed = new OpenOrders([new(holder.OrderId, 1)], 5).ToMessage(CmpHeader.Answering(question, pki.Now), pki.Cmp);
        yield return new("questions for open orders", [open], octets => OpenOrdersQuestion.TryRead(CmpMessage.Parse(octets)), typeof(CmpInvalidException));
        yield return new(
            "open orders", [listed], octets => OpenOrders.Read(CmpMessage.Parse(octets), centre, question, pki.Now), typeof(CmpInvalidException), typeof(CmpRefusedException));
        yield return new("wrapped keys", [wrapped], octets => WrappedKey.FromDer(octets), typeof(EnvelopedKeyException));
        yield return new("recovery orders", [recovery.ToOctets()], octets => RecoveryOrder.Parse(octets), typeof(FormatException));
        yield return new(
            "recovery signatures", [Encoding.UTF8.GetBytes(signature)], octets => RecoverySignature.FromPem(Encoding.UTF8.GetString(octets)).Verifies(recovery),
            typeof(FormatException), typeof(MalformedException), typeof(UnsupportedKeyException));
        foreach (var target in Sm2Messages(pki))
        {
            yield return target;
        }

        yield return new("master shares", [Encoding.UTF8.GetBytes(share)], octets => MasterShare.FromPem(Encoding.UTF8.GetString(octets)), typeof(FormatException));
    }

    private static IEnumerable<FuzzTarget> Sm2Messages(TestPki pki)
    {
        var holder = pki.Issue("CN=Li Na", pki.Issuing, AlgorithmSuite.Sm2);
        var certificate = Certificate.FromDer(holder.Der);
        using var key = Sm2PrivateKey.FromPkcs8(holder.Key.ExportPkcs8());
        var trust = new ChainValidator([Certificate.FromDer(pki.Root.Der)], []);
        var signed = Sm2SignedData.Create("abc"u8, false, certificate, holder.Key, pki.Now, [Certificate.FromDer(pki.Issuing.Der)]);
        var encryption = Certificate.FromDer(SignatureIdentifiers.Sign(new CertificateTemplate
        {
            SignatureSuite = pki.Issuing.Key.PublicKey.Suite,
            Issuer = certificate.Issuer,
            Subject = certificate.Subject,
            NotBefore = certificate.NotBefore,
            NotAfter = certificate.NotAfter,
            Spki = certificate.Spki,
            Extensions = [ExtensionWriter.KeyUsage(KeyUsages.KeyEncipherment)],
        }.Encode(), pki.Issuing.Key));
        var enveloped = Sm2EnvelopedData.Create("abc"u8, [encryption]);
        var response = new CsrResponse([certificate], Sm2EnvelopedKey.Create(key.PublicKey, key), [certificate]).ToDer();

        yield return new("signed messages", [signed], octets => Sm2SignedData.Read(octets).Verify(trust, pki.Now), typeof(Sm2MessageException));
        yield return new("enveloped messages", [enveloped], octets => Sm2EnvelopedData.Read(octets).IsFor(certificate), typeof(Sm2MessageException));
        yield return new("responses for token tools", [response], octets => CsrResponse.FromDer(octets), typeof(EnvelopedKeyException));
    }
}
