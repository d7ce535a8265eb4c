using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cmp;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Testing.Pki;

namespace Rekey.Tests.Pki.Cmp;

/// <summary>Bodies of requests that wait, with BouncyCastle as the other side.</summary>
public sealed class PollingMessageTests
{
    private static readonly TestPki Pki = new();

    [Theory]
    [InlineData(CmpBodyType.InitializationRequest, 0, PkiBody.TYPE_INIT_REP)]
    [InlineData(CmpBodyType.CertificationRequest, 7, PkiBody.TYPE_CERT_REP)]
    [InlineData(CmpBodyType.Pkcs10Request, -1, PkiBody.TYPE_CERT_REP)]
    public void Waiting_is_a_response_of_the_requests_kind_with_its_number(CmpBodyType request, int id, int response)
    {
        var body = PkiBody.GetInstance(Asn1Object.FromByteArray(CmpResponses.Waiting(request, id, "请稍候")));

        Assert.Equal(response, body.Type);
        var only = Assert.Single(CertRepMessage.GetInstance(body.Content).GetResponse());
        Assert.Equal(id, only.CertReqID.IntValueExact);
        Assert.Equal(3, only.Status.Status.IntValueExact);
        Assert.Equal("请稍候", only.Status.StatusString[0].GetString());
        Assert.Null(only.Status.FailInfo);
        Assert.Null(only.CertifiedKeyPair);
    }

    [Fact]
    public void A_refusal_has_status_failure_and_text()
    {
        var body = PkiBody.GetInstance(Asn1Object.FromByteArray(CmpResponses.Refused(CmpBodyType.InitializationRequest, 0, CmpFailure.NotAuthorized, "no")));

        var only = Assert.Single(CertRepMessage.GetInstance(body.Content).GetResponse());
        Assert.Equal(2, only.Status.Status.IntValueExact);
        Assert.Equal("no", only.Status.StatusString[0].GetString());
        Assert.Equal([0, 0, 1], only.Status.FailInfo.GetBytes()); // bit 23
        Assert.Equal(0, only.Status.FailInfo.PadBits);
    }

    [Fact]
    public void A_pollRep_says_when_to_ask_again()
    {
        var body = PkiBody.GetInstance(Asn1Object.FromByteArray(CmpResponses.PollAgain(-1, TimeSpan.FromMinutes(2), "later")));

        Assert.Equal(PkiBody.TYPE_POLL_REP, body.Type);
        var content = PollRepContent.GetInstance(body.Content);
        Assert.Equal(1, content.Count);
        Assert.Equal((-1, 120, "later"), (content.GetCertReqID(0).IntValueExact, content.GetCheckAfter(0).IntValueExact, content.GetReason(0)[0].GetString()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void A_pollReq_names_one_request(int id) => Assert.Equal(id, CmpRequests.Poll(Message(new PollReqContent(DerInteger.ValueOf(id)))));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_pollReq_for_none_or_several_is_refused(int count) =>
        Assert.Equal(CmpFailure.BadRequest, Refusal(PollReqContent.GetInstance(new DerSequence(Enumerable.Repeat((Asn1Encodable)new DerSequence(DerInteger.Zero), count).ToArray()))));

    [Fact]
    public void A_pollReq_that_is_none_cannot_be_read()
    {
        Assert.Equal(CmpFailure.BadDataFormat, Refusal(new DerSequence(DerInteger.Zero)));
        Assert.Equal(CmpFailure.BadDataFormat, Refusal(new DerSequence(new DerSequence(DerInteger.Zero, DerInteger.Zero))));
        Assert.Equal(CmpFailure.BadDataFormat, Refusal(new DerSequence(new DerSequence(new DerInteger(Enumerable.Repeat((byte)1, 9).ToArray())))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_statement_tells_when_a_message_was_received_only_if_it_waited(bool waited)
    {
        var name = Certificate.FromDer(Pki.Issuing.Der).Subject.Encoded.ToArray();
        var received = new DateTimeOffset(2026, 11, 3, 8, 30, 0, TimeSpan.Zero);
        var statement = new RaStatement([], "YZ1", "p", name, received.AddDays(2), true) { ReceivedAt = waited ? received : null };
        var nested = CmpMessage.Parse(CmpNesting.Wrap(Message(new PollReqContent(DerInteger.Zero)), statement, name, Pki.Cmp, Pki.Now));

        var read = CmpNesting.Statement(nested)!;

        Assert.Equal((statement.ReceivedAt, statement.DecidedAt), (read.ReceivedAt, read.DecidedAt));
    }

    [Theory]
    [InlineData(7, 16, CmpFailure.BadDataFormat)]
    [InlineData(65, 16, CmpFailure.BadDataFormat)]
    [InlineData(16, 15, CmpFailure.BadSenderNonce)]
    public void Too_short_a_nonce_and_an_unusual_transactionID_are_refused(int transaction, int nonce, CmpFailure failure)
    {
        Message(new PollReqContent(DerInteger.Zero)).RequireTransaction();
        var unusual = Message(new PollReqContent(DerInteger.Zero), transaction, nonce);
        Assert.Equal(failure, Assert.Throws<CmpInvalidException>(unusual.RequireTransaction).Failure);
    }

    private static CmpFailure Refusal(Asn1Encodable content) =>
        Assert.Throws<CmpInvalidException>(() => CmpRequests.Poll(Message(content))).Failure;

    // The library's PkiBody refuses a body that is not its type's, so the tag is written by hand.
    private static CmpMessage Message(Asn1Encodable content, int transaction = 16, int nonce = 16)
    {
        var header = new CmpHeader(2, Pki.Cmp.Sender, new byte[transaction], null, Pki.Now) { SenderNonce = new byte[nonce] };
        return CmpMessage.Parse(CmpBuilder.Build(header, CmpBuilder.Body(CmpBodyType.PollRequest, w => w.WriteEncodedValue(content.GetDerEncoded())), Pki.Cmp));
    }
}
